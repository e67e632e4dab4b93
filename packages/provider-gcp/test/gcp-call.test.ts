import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { createSecrets } from "@qarion/secrets-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { codeOf, context, errorOf, useGcp } from "./use-gcp.js";

const ref = { name: "db", stage: "current" } as const;

describe.each(["grpc", "rest"] as const)("a call over %s", (transport) => {
  it("that is never answered ends with core's deadline, and the next one is answered", async () => {
    const { gcp, provider } = await useGcp({ transport });
    gcp.secrets.add("db", { versions: ["one"] });
    const secrets = createSecrets({ provider, cache: false, timeoutMs: 300 });
    await secrets.get("db").catch(() => undefined); // the first call of a client takes longer than the deadline
    const fault = gcp.fault({ kind: "hang" });
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_TIMEOUT");
    expect(fault.hits).toBe(1);
    gcp.clearFaults();
    await expect.poll(() => secrets.get("db").then((secret) => secret.reveal())).toBe("one");
  });

  it("that is aborted ends on the wire too", async () => {
    const { gcp, provider } = await useGcp({ transport });
    gcp.secrets.add("db", { versions: ["one"] });
    await provider.get(ref, { signal: AbortSignal.timeout(10_000) });
    const caller = new AbortController();
    const fault = gcp.fault({ kind: "latency", ms: 600_000 });
    const call = provider.get(ref, { signal: caller.signal });
    await fault.hit();
    const reason = new Error("the caller's reason");
    caller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect.poll(() => gcp.calls.entries.at(-1)?.answer).toBe("NONE");
  });

  it("whose signal is aborted already is not made", async () => {
    const { gcp, provider } = await useGcp({ transport });
    const reason = new Error("the caller's reason");
    await expect(provider.get(ref, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(gcp.calls.count()).toBe(0);
  });

  it("leaves nothing at the caller's signal", async () => {
    const { gcp, provider } = await useGcp({ transport });
    gcp.secrets.add("db", { versions: ["one"] });
    const { signal } = new AbortController();
    const added = countListeners(signal);
    for (let calls = 0; calls < 3; calls += 1) await provider.get(ref, { signal });
    await codeOf(provider.get({ name: "/db", stage: "current" }, { signal }));
    expect(added.total).toBeGreaterThan(0);
    await expect.poll(() => added.left).toBe(0);
  });

  it("to a server that is not there is an outage at once, and the next one after its return is answered", async () => {
    const { gcp, secrets } = await useGcp({ transport });
    gcp.secrets.add("db", { versions: ["one"] });
    await gcp.goOffline();
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_UNAVAILABLE");
    await gcp.goOnline();
    await expect
      .poll(
        () =>
          secrets.get("db").then(
            (secret) => secret.reveal(),
            () => undefined,
          ),
        { timeout: 15_000 },
      )
      .toBe("one");
  });

  it("whose connection is reset is an outage", async () => {
    const { gcp, secrets } = await useGcp({ transport });
    gcp.secrets.add("db", { versions: ["one"] });
    const fault = gcp.fault({ kind: "reset" });
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_UNAVAILABLE");
    expect(fault.hits).toBe(1);
  });
});

describe("a call over gRPC", () => {
  it("names its resource in the header by which the service routes it", async () => {
    const { gcp, providerOf } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    const sent: unknown[] = [];
    const sign = gcp.clientOptions()["grpc.callInvocationTransformer"];
    const note: typeof sign = (call) => {
      sent.push(...call.metadata.get("x-goog-request-params"));
      return sign?.(call) ?? call;
    };
    const provider = providerOf({ options: { clientOptions: { "grpc.callInvocationTransformer": note } } });
    await provider.get(ref, context());
    await provider.put?.(ref, "two", context());
    for await (const _ of provider.list?.({}, context()) ?? []);
    expect(sent.map((header) => decodeURIComponent(String(header)))).toEqual([
      "name=projects/qarion-test/secrets/db/versions/latest",
      "parent=projects/qarion-test/secrets/db",
      "parent=projects/qarion-test",
    ]);
  });

  it("tells the server a deadline", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    await secrets.get("db");
    const { timeoutMs = 0 } = gcp.calls.entries[0] ?? {};
    expect(timeoutMs).toBeGreaterThan(0);
    expect(timeoutMs).toBeLessThanOrEqual(60_000);
  });

  it("to a port where nobody speaks ends with core's deadline", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const { providerOf } = await useGcp();
    const { port } = silent.address() as AddressInfo;
    const provider = providerOf({ options: { clientOptions: { port } } });
    const secrets = createSecrets({ provider, cache: false, timeoutMs: 300 });
    expect(["ERR_SECRETS_TIMEOUT", "ERR_SECRETS_UNAVAILABLE"]).toContain((await errorOf(secrets.get("db"))).code);
  });
});

/** How many listeners for an abort a signal has been given, and how many are left. */
function countListeners(signal: AbortSignal) {
  const listeners = new Set<unknown>();
  const counted = {
    total: 0,
    get left() {
      return listeners.size;
    },
  };
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type: string, listener: unknown, options?: unknown) => {
    counted.total += 1;
    listeners.add(listener);
    addEventListener.call(signal, type, listener as never, options as never);
  };
  signal.removeEventListener = (type: string, listener: unknown, options?: unknown) => {
    listeners.delete(listener);
    removeEventListener.call(signal, type, listener as never, options as never);
  };
  return counted;
}
