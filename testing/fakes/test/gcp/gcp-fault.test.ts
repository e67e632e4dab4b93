import { describe, expect, it } from "vitest";
import { apiDisabled, crc32c, RPC_CODES, type RpcStatus } from "../../src/gcp/index.js";
import { failureOf, once, PROJECT, serverAndClient } from "./server-and-client.js";

const SECRET = `${PROJECT}/secrets/db`;
const name = `${SECRET}/versions/1`;

async function withSecret() {
  const made = await serverAndClient();
  made.gcp.secrets.add("db", { versions: ["one"] });
  return made;
}

describe("a fault", () => {
  it("meets every call until it is removed", async () => {
    const { gcp, client } = await withSecret();
    const fault = gcp.fault({ kind: "error", status: "INTERNAL" });
    expect((await failureOf(client.accessSecretVersion({ name }))).code).toBe(13);
    expect((await failureOf(client.getSecret({ name: SECRET }))).code).toBe(13);
    expect(fault.hits).toBe(2);
    fault.remove();
    await client.accessSecretVersion({ name });
  });

  it("meets as many calls of a method as it is told, after as many as it is told", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "error", status: "INTERNAL" }, { operation: "AccessSecretVersion", after: 1, times: 1 });
    await client.getSecret({ name: SECRET });
    await client.accessSecretVersion({ name });
    expect((await failureOf(client.accessSecretVersion({ name }))).code).toBe(13);
    await client.accessSecretVersion({ name });
  });

  it("is cleared with all others", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "error", status: "INTERNAL" });
    gcp.clearFaults();
    await client.accessSecretVersion({ name });
  });
});

describe("an error", () => {
  it.each(Object.entries(RPC_CODES) as [RpcStatus, number][])(
    "of status %s reaches the client as code %i",
    async (status, code) => {
      const { gcp, client } = await withSecret();
      gcp.fault({ kind: "error", status });
      expect((await failureOf(client.accessSecretVersion({ name }, once()))).code).toBe(code);
    },
  );

  it("leaves the operation undone, or done with `applied`", async () => {
    const { gcp, client } = await withSecret();
    const payload = { data: Buffer.from("two") };
    gcp.fault({ kind: "error", status: "UNAVAILABLE" }, { times: 1 });
    await failureOf(client.addSecretVersion({ parent: SECRET, payload }));
    expect(gcp.secrets.describe("db")?.versions).toHaveLength(1);
    gcp.fault({ kind: "error", status: "UNAVAILABLE", applied: true }, { times: 1 });
    await failureOf(client.addSecretVersion({ parent: SECRET, payload }));
    expect(gcp.secrets.describe("db")?.versions).toHaveLength(2);
  });

  it("can be that of a project without the API", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault(apiDisabled(gcp.projectNumber));
    const error = await failureOf(client.accessSecretVersion({ name }));
    expect(error).toMatchObject({ code: 7, reason: "SERVICE_DISABLED" });
    expect(error.message).toContain("Secret Manager API has not been used in project 710000000042");
  });
});

describe("a payload", () => {
  it("can come with a wrong checksum", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "checksum", checksum: "wrong" });
    const [{ payload }] = await client.accessSecretVersion({ name });
    expect(payload?.data?.toString()).toBe("one");
    expect(payload?.dataCrc32c).toMatch(/^\d+$/);
    expect(payload?.dataCrc32c).not.toBe(String(crc32c(Buffer.from("one"))));
  });

  it("can come without a checksum", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "checksum", checksum: "absent" });
    const [{ payload }] = await client.accessSecretVersion({ name });
    expect(payload?.data?.toString()).toBe("one");
    expect(payload?.dataCrc32c ?? undefined).toBeUndefined();
  });

  it("can be corrupt under the true checksum, while what is stored is not", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "corrupt" }, { times: 1 });
    const [{ payload }] = await client.accessSecretVersion({ name });
    expect(payload?.dataCrc32c).toBe(String(crc32c(Buffer.from("one"))));
    expect(crc32c(Buffer.from(payload?.data ?? ""))).not.toBe(crc32c(Buffer.from("one")));
    const [again] = await client.accessSecretVersion({ name });
    expect(again.payload?.data?.toString()).toBe("one");
  });

  it("is what such a fault is about: other methods do not meet it", async () => {
    const { gcp, client } = await withSecret();
    const fault = gcp.fault({ kind: "latency", ms: 0, next: { kind: "corrupt" } }, { times: 1 });
    await client.getSecret({ name: SECRET });
    expect(fault.hits).toBe(0);
    await client.accessSecretVersion({ name });
    expect(fault.hits).toBe(1);
  });

  it("can be rewritten by the test", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "rewrite", rewrite: (answer) => ({ ...answer, name: "elsewhere" }) });
    const [answer] = await client.accessSecretVersion({ name });
    expect(answer.name).toBe("elsewhere");
  });
});

describe("a wait", () => {
  it("for a promise of the test comes before the operation", async () => {
    const { gcp, client } = await withSecret();
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fault = gcp.fault({ kind: "hold", until }, { times: 1 });
    const answer = client.accessSecretVersion({ name: `${SECRET}/versions/latest` });
    await fault.hit();
    gcp.secrets.addVersion("db", "two");
    release();
    expect((await answer)[0].name).toMatch(/\/versions\/2$/);
  });

  it("of some milliseconds goes on to another fault", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "latency", ms: 1, next: { kind: "error", status: "INTERNAL" } });
    expect((await failureOf(client.accessSecretVersion({ name }))).code).toBe(13);
  });

  it("ends with the call: the client's deadline leaves the operation undone", async () => {
    const { gcp, client } = await withSecret();
    await client.getSecret({ name: SECRET }); // the first call of a client takes longer than the deadline below
    const fault = gcp.fault({ kind: "latency", ms: 600_000 });
    const payload = { data: Buffer.from("two") };
    expect((await failureOf(client.addSecretVersion({ parent: SECRET, payload }, once(300)))).code).toBe(4);
    expect(fault.hits).toBe(1);
    expect(gcp.secrets.describe("db")?.versions).toHaveLength(1);
    await expect.poll(() => gcp.calls.entries[1]?.answer).toBe("NONE");
  });
});

describe("a connection", () => {
  it("that is reset gives UNAVAILABLE, and the next call gets another one", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "reset" }, { times: 1 });
    const error = await failureOf(client.accessSecretVersion({ name }, once()));
    expect([error.code, error.message]).toEqual([14, expect.stringContaining("ECONNRESET")]);
    expect(gcp.calls.entries[0]?.answer).toBe("NONE");
    await client.accessSecretVersion({ name }, once());
  });

  it("that is reset after the operation has lost the answer only", async () => {
    const { gcp, client } = await withSecret();
    gcp.fault({ kind: "reset", applied: true }, { times: 1 });
    const payload = { data: Buffer.from("two") };
    expect((await failureOf(client.addSecretVersion({ parent: SECRET, payload }))).code).toBe(14);
    expect(gcp.secrets.describe("db")?.versions).toHaveLength(2);
  });

  it("that hangs lasts until the client's deadline", async () => {
    const { gcp, client } = await withSecret();
    await client.getSecret({ name: SECRET });
    const fault = gcp.fault({ kind: "hang" }, { times: 1 });
    expect((await failureOf(client.accessSecretVersion({ name }, once(300)))).code).toBe(4);
    expect(fault.hits).toBe(1);
    await client.accessSecretVersion({ name }, once());
  });
});
