import { describe, expect, it } from "vitest";
import { failureOf, PROJECT, serverAndClient } from "../server-and-client.js";

const SECRET = `${PROJECT}/secrets/db`;
const FIRST = `${SECRET}/versions/1`;
const DAY_MS = 86_400_000;

describe("DisableSecretVersion and EnableSecretVersion", () => {
  it("take a version away and give it back", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const [disabled] = await client.disableSecretVersion({ name: FIRST });
    expect(disabled.state).toBe("DISABLED");
    expect((await failureOf(client.accessSecretVersion({ name: FIRST }))).code).toBe(9);
    const [enabled] = await client.enableSecretVersion({ name: FIRST });
    expect(enabled.state).toBe("ENABLED");
    const [answer] = await client.accessSecretVersion({ name: FIRST });
    expect(Buffer.from(answer.payload?.data ?? "").toString()).toBe("one");
  });

  it("write a new etag even where nothing changes, and leave that of the secret", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const secretEtag = gcp.secrets.describe("db")?.etag;
    const [before] = await client.getSecretVersion({ name: FIRST });
    const [after] = await client.enableSecretVersion({ name: FIRST });
    expect(after.etag).not.toBe(before.etag);
    expect(gcp.secrets.describe("db")?.etag).toBe(secretEtag);
  });

  it("refuse a destroyed version as FAILED_PRECONDITION", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.setState("db", 1, "DESTROYED");
    for (const method of ["enableSecretVersion", "disableSecretVersion"] as const) {
      const error = await failureOf(client[method]({ name: FIRST }));
      expect([error.code, error.message]).toEqual([9, expect.stringContaining("already DESTROYED")]);
    }
  });
});

describe("DestroySecretVersion", () => {
  it("destroys the data at once and for good", async () => {
    const now = Date.UTC(2026, 0, 1);
    const { gcp, client } = await serverAndClient({ now: () => now });
    gcp.secrets.add("db", { versions: ["one"] });
    const [destroyed] = await client.destroySecretVersion({ name: FIRST });
    expect(destroyed).toMatchObject({ state: "DESTROYED", destroyTime: { seconds: String(now / 1000) } });
    expect(() => gcp.secrets.payload("db", 1)).toThrow(RangeError);
    const again = await failureOf(client.destroySecretVersion({ name: FIRST }));
    expect([again.code, again.message]).toEqual([9, expect.stringContaining("already DESTROYED")]);
  });

  it("waits for the secret's delay, with the version disabled", async () => {
    let now = Date.UTC(2026, 0, 1);
    const { client } = await serverAndClient({ now: () => now });
    const secret = { replication: { automatic: {} }, versionDestroyTtl: { seconds: DAY_MS / 1000 } };
    await client.createSecret({ parent: PROJECT, secretId: "db", secret });
    await client.addSecretVersion({ parent: SECRET, payload: { data: Buffer.from("one") } });
    const [scheduled] = await client.destroySecretVersion({ name: FIRST });
    expect(scheduled).toMatchObject({
      state: "DISABLED",
      scheduledDestroyTime: { seconds: String((now + DAY_MS) / 1000) },
    });
    expect((await failureOf(client.destroySecretVersion({ name: FIRST }))).message).toContain("already scheduled");
    now += DAY_MS;
    const [destroyed] = await client.getSecretVersion({ name: FIRST });
    expect(destroyed).toMatchObject({ state: "DESTROYED", scheduledDestroyTime: null });
  });

  it("is called off by enabling the version", async () => {
    let now = Date.UTC(2026, 0, 1);
    const { client } = await serverAndClient({ now: () => now });
    const secret = { replication: { automatic: {} }, versionDestroyTtl: { seconds: DAY_MS / 1000 } };
    await client.createSecret({ parent: PROJECT, secretId: "db", secret });
    await client.addSecretVersion({ parent: SECRET, payload: { data: Buffer.from("one") } });
    await client.destroySecretVersion({ name: FIRST });
    await client.enableSecretVersion({ name: FIRST });
    now += 2 * DAY_MS;
    const [version] = await client.getSecretVersion({ name: FIRST });
    expect(version.state).toBe("ENABLED");
  });
});

describe("each of them", () => {
  it.each(["disableSecretVersion", "enableSecretVersion", "destroySecretVersion"] as const)(
    "%s refuses a stale etag as FAILED_PRECONDITION, and takes the current one",
    async (method) => {
      const { gcp, client } = await serverAndClient();
      gcp.secrets.add("db", { versions: ["one"] });
      const [{ etag: stale }] = await client.getSecretVersion({ name: FIRST });
      const [{ etag: current }] = await client.enableSecretVersion({ name: FIRST });
      const error = await failureOf(client[method]({ name: FIRST, etag: stale ?? "" }));
      expect([error.code, error.message]).toEqual([
        9,
        expect.stringContaining("does not match the resource's current"),
      ]);
      await client[method]({ name: FIRST, etag: current ?? "" });
    },
  );

  it.each(["disableSecretVersion", "enableSecretVersion", "destroySecretVersion"] as const)(
    "%s takes a number only: neither `latest` nor an alias",
    async (method) => {
      const { gcp, client } = await serverAndClient();
      gcp.secrets.add("db", { versions: ["one"], aliases: { pending: 1 } });
      for (const reference of ["latest", "pending"]) {
        const error = await failureOf(client[method]({ name: `${SECRET}/versions/${reference}` }));
        expect(error.code).toBe(3);
      }
      expect(gcp.secrets.describe("db")?.versions[0]?.state).toBe("ENABLED");
    },
  );

  it.each(["disableSecretVersion", "enableSecretVersion", "destroySecretVersion"] as const)(
    "%s refuses a version that is not there as NOT_FOUND",
    async (method) => {
      const { gcp, client } = await serverAndClient();
      gcp.secrets.add("db");
      expect((await failureOf(client[method]({ name: FIRST }))).code).toBe(5);
    },
  );
});
