import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecrets, firstOf, memoryProvider } from "@qarion/secrets-core";
import { vaultErrorAnswer } from "@qarion-testing/fakes/vault";
import { describe, expect, it, onTestFinished } from "vitest";
import { vaultKv } from "../src/index.js";
import { selfSigned } from "./self-signed.js";
import { codeOf, errorOf, namesOf, textOf, vaultForTest } from "./vault-for-test.js";

/** A server that notes what it is asked, and answers so that a client would believe it. */
async function startEavesdropper() {
  const heard: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    heard.push(request);
    response.end('{"data":{"data":{"value":"evil"},"metadata":{"version":1}}}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { heard, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("redirects", () => {
  it.each([301, 302, 303, 307, 308])("%i is not followed, by read, list, write or login", async (status) => {
    const { vault, secrets } = await vaultForTest();
    const { heard, address } = await startEavesdropper();
    const answer = { status, headers: { location: `${address}/v1/secret/data/db` }, body: "" };
    vault.faults.add({ kind: "answer", answer });
    const store = secrets();
    const login = secrets({ appRole: { roleId: "r", secretId: "s" } });
    const calls = [store.get("db"), namesOf(store), store.put("db", "x"), login.get("db")];
    expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "UNAVAILABLE"));
    expect(heard).toEqual([]);
  });

  it("a standby is told as such, with what to do", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const standby = await vault.addNode("standby");
    const error = await errorOf(secrets({ address: standby.address }).get("db"));
    expect(error.hint).toContain("address of the active node or of the load balancer");
    expect(vault.calls.count()).toBe(0);
  });
});

describe("requests", () => {
  it("go below a path of the address, and say that they are no browser's", async () => {
    const { heard, address } = await startEavesdropper();
    const { secrets } = await vaultForTest();
    expect(await textOf(secrets({ address: `${address}/vault/`, namespace: "team" }), "app/db")).toBe("evil");
    const [request] = heard.filter(({ url }) => url === "/vault/v1/secret/data/app/db");
    expect(request?.headers).toMatchObject({ "x-vault-request": "true", "x-vault-namespace": "team" });
  });

  it("go by the `fetch` that is given", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const asked: string[] = [];
    const own: typeof fetch = (url, init) => {
      asked.push(String(url));
      return fetch(url, init);
    };
    expect(await textOf(secrets({ fetch: own }), "db")).toBe("pw");
    expect(asked).toContain(`${vault.address}/v1/secret/data/db`);
  });
});

describe("time", () => {
  it.each(["hang", "drip"] as const)(
    "a read that %ss is ended by the deadline of core, its connection too",
    async (kind) => {
      const { vault, secrets } = await vaultForTest();
      vault.put("db", { value: "pw" });
      vault.faults.add({ kind }, { operation: "GET secret/data/db", times: 1 });
      let ended: AbortSignal | null | undefined;
      const own: typeof fetch = (url, init) => {
        if (String(url).endsWith("/db")) ended ??= init?.signal;
        return fetch(url, init);
      };
      const store = secrets({ fetch: own }, { timeoutMs: 100 });
      expect(await codeOf(store.get("db"))).toBe("TIMEOUT");
      expect(ended?.aborted).toBe(true);
      expect(await textOf(store, "db")).toBe("pw");
    },
  );

  it("nothing is left behind at a signal of the caller's that lives long", async () => {
    const { vault, provider } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const { signal } = new AbortController();
    let listening = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...of: Parameters<typeof addEventListener>) => {
      listening += 1;
      addEventListener.apply(signal, of);
    };
    signal.removeEventListener = (...of: Parameters<typeof removeEventListener>) => {
      listening -= 1;
      removeEventListener.apply(signal, of);
    };
    const target = provider();
    for (let n = 0; n < 3; n += 1) await target.get({ name: "db", stage: "current" }, { signal });
    await expect(target.get({ name: "no", stage: "current" }, { signal })).rejects.toThrow();
    expect(listening).toBe(0);
  });
});

describe("an outage", () => {
  it("leaves the last good value in place, and ends by itself", async () => {
    const { vault, clock, secrets } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const store = secrets({}, { clock, cache: { ttlMs: 1_000, revalidate: "await" } });
    await textOf(store, "db");
    vault.sealed = true;
    await clock.advance(2_000);
    expect(await store.get("db")).toMatchObject({ state: "stale" });
    vault.sealed = false;
    vault.put("db", { value: "new" });
    await clock.advance(60_000);
    expect(await textOf(store, "db")).toBe("new");
  });

  it("is what a proxy's 404 is, so that no weaker source stands in", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.faults.add({ kind: "answer", answer: { status: 404, headers: {}, body: "no such host" } });
    expect(await codeOf(secrets().getOptional("db"))).toBe("UNAVAILABLE");
  });

  it("is not what a refusal of Vault's is", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.faults.add({ kind: "answer", answer: vaultErrorAnswer(400, "something new") });
    const error = await errorOf(secrets().get("db"));
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNKNOWN", retryable: false, cause: { status: 400 } });
  });
});

describe("TLS", () => {
  const pair = selfSigned();
  it.skipIf(pair === undefined)(
    `a certificate that is not trusted is an outage, and the hint names NODE_EXTRA_CA_CERTS${pair ? "" : " (skipped: openssl is not there to make one)"}`,
    async () => {
      const server = createTlsServer(pair ?? {}, (_, response) => response.end("{}"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void server.close());
      const { secrets } = await vaultForTest();
      const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const error = await errorOf(secrets({ address }).get("db"));
      expect(error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", secretName: "db" });
      expect(error.hint).toContain("NODE_EXTRA_CA_CERTS");
    },
  );
});

it.each([{ message: "no Route matched with those values" }, {}, { error: "not found" }, { errors: "x" }])(
  "a 404 that is not of Vault's own form is no answer that a secret is missing: %o",
  async (body) => {
    const answer = async () => new Response(JSON.stringify(body), { status: 404 });
    const vault = vaultKv({ address: "http://127.0.0.1:1", token: "t", fetch: answer });
    const secrets = createSecrets({ provider: firstOf([vault, memoryProvider({ db: "weaker" })]) });
    await expect(secrets.get("db")).rejects.toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
  },
);
