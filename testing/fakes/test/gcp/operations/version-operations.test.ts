import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/gcp/index.js";
import { failureOf, NUMBERED, PROJECT, serverAndClient } from "../server-and-client.js";

const SECRET = `${PROJECT}/secrets/db`;

describe("AccessSecretVersion", () => {
  it("gives the data of a version by number, under a name with the project's number", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    const [answer] = await client.accessSecretVersion({ name: `${SECRET}/versions/1` });
    expect(answer.name).toBe(`${NUMBERED}/secrets/db/versions/1`);
    expect(Buffer.from(answer.payload?.data ?? "").toString()).toBe("one");
  });

  it("takes a name with the project's number as well", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const [answer] = await client.accessSecretVersion({ name: `${NUMBERED}/secrets/db/versions/1` });
    expect(answer.name).toBe(`${NUMBERED}/secrets/db/versions/1`);
  });

  it("gives the CRC32C of the data as a decimal string", async () => {
    const { gcp, client } = await serverAndClient();
    const data = Buffer.from([0, 255, 128, 10]);
    gcp.secrets.add("db", { versions: [data] });
    const [{ payload }] = await client.accessSecretVersion({ name: `${SECRET}/versions/1` });
    expect(payload?.data).toEqual(data);
    expect(payload?.dataCrc32c).toBe(String(crc32c(data)));
  });

  it("takes `latest` for the version created last", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    const [answer] = await client.accessSecretVersion({ name: `${SECRET}/versions/latest` });
    expect(answer.name).toMatch(/\/versions\/2$/);
  });

  it.each(["DISABLED", "DESTROYED"] as const)(
    "refuses `latest` as FAILED_PRECONDITION when the version created last is %s, and gives no older one",
    async (state) => {
      const { gcp, client } = await serverAndClient();
      gcp.secrets.add("db", { versions: ["one", "two"] });
      gcp.secrets.setState("db", 2, state);
      const error = await failureOf(client.accessSecretVersion({ name: `${SECRET}/versions/latest` }));
      expect(error.code).toBe(9);
      expect(error.message).toContain(`Secret Version [${NUMBERED}/secrets/db/versions/2] is in ${state} state.`);
    },
  );

  it("gives an enabled version by number though a newer one is destroyed", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    gcp.secrets.setState("db", 2, "DESTROYED");
    const [answer] = await client.accessSecretVersion({ name: `${SECRET}/versions/1` });
    expect(answer.name).toMatch(/\/versions\/1$/);
  });

  it("takes an alias, by its exact case", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"], aliases: { pending: 1 } });
    const [answer] = await client.accessSecretVersion({ name: `${SECRET}/versions/pending` });
    expect(answer.name).toMatch(/\/versions\/1$/);
    const error = await failureOf(client.accessSecretVersion({ name: `${SECRET}/versions/Pending` }));
    expect(error.code).toBe(5);
    expect(error.message).toContain(`Secret [${NUMBERED}/secrets/db] has no alias [Pending]`);
  });

  it.each([
    ["a secret that is not there", "other/versions/1", /Secret \[projects\/710000000042\/secrets\/other\] not found\./],
    ["`latest` of a secret that is not there", "other/versions/latest", /\/other\] not found or has no versions\./],
    ["`latest` of a secret without versions", "empty/versions/latest", /\/empty\] not found or has no versions\./],
    ["a version that is not there", "db/versions/7", /Secret Version \[.*\/db\/versions\/7\] not found\./],
  ])("refuses %s as NOT_FOUND", async (_, name, message) => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.add("empty");
    const error = await failureOf(client.accessSecretVersion({ name: `${PROJECT}/secrets/${name}` }));
    expect(error.code).toBe(5);
    expect(error.message).toMatch(message);
  });
});

describe("GetSecretVersion", () => {
  it("gives state and creation time, also of `latest` that may not be accessed", async () => {
    const createdAtMs = Date.UTC(2026, 2, 1, 12, 0, 0, 250);
    const { gcp, client } = await serverAndClient({ now: () => createdAtMs });
    gcp.secrets.add("db", { versions: ["one", "two"] });
    gcp.secrets.setState("db", 2, "DISABLED");
    const [version] = await client.getSecretVersion({ name: `${SECRET}/versions/latest` });
    expect(version).toMatchObject({
      name: `${NUMBERED}/secrets/db/versions/2`,
      state: "DISABLED",
      createTime: { seconds: String(Math.floor(createdAtMs / 1000)), nanos: 250_000_000 },
      destroyTime: null,
    });
    expect(version.etag).toMatch(/^"[0-9a-f]+"$/);
  });
});

describe("ListSecretVersions", () => {
  it("gives the newest first, with those that are disabled or destroyed, and no data", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two", "three"] });
    gcp.secrets.setState("db", 2, "DISABLED");
    gcp.secrets.setState("db", 1, "DESTROYED");
    const [versions] = await client.listSecretVersions({ parent: SECRET });
    expect(versions.map(({ name, state }) => [name?.split("/").at(-1), state])).toEqual([
      ["3", "ENABLED"],
      ["2", "DISABLED"],
      ["1", "DESTROYED"],
    ]);
    expect(versions[0]).not.toHaveProperty("payload");
  });

  it("gives pages, which the client follows", async () => {
    const { gcp, client } = await serverAndClient({ pageSize: 2 });
    gcp.secrets.add("db", { versions: ["1", "2", "3", "4", "5"] });
    const [versions] = await client.listSecretVersions({ parent: SECRET });
    expect(versions.map(({ name }) => name?.split("/").at(-1))).toEqual(["5", "4", "3", "2", "1"]);
    expect(gcp.calls.count("ListSecretVersions")).toBe(3);
  });

  it("filters by state", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    gcp.secrets.setState("db", 2, "DISABLED");
    const [versions] = await client.listSecretVersions({ parent: SECRET, filter: "state:ENABLED" });
    expect(versions.map(({ name }) => name?.split("/").at(-1))).toEqual(["1"]);
  });
});

describe("AddSecretVersion", () => {
  const parent = SECRET;

  it("adds the next version, which is `latest` at once, and says whether it got a checksum", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const data = Buffer.from("two");
    const [plain] = await client.addSecretVersion({ parent, payload: { data } });
    expect(plain).toMatchObject({ name: `${NUMBERED}/secrets/db/versions/2`, state: "ENABLED" });
    expect(plain.clientSpecifiedPayloadChecksum).toBe(false);
    const [checked] = await client.addSecretVersion({ parent, payload: { data, dataCrc32c: crc32c(data) } });
    expect(checked.clientSpecifiedPayloadChecksum).toBe(true);
    const [latest] = await client.accessSecretVersion({ name: `${parent}/versions/latest` });
    expect(latest.name).toBe(checked.name);
    expect(gcp.secrets.payload("db", 3)).toEqual(data);
  });

  it("does not give a number again when versions were destroyed", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.setState("db", 1, "DESTROYED");
    const [version] = await client.addSecretVersion({ parent, payload: { data: Buffer.from("two") } });
    expect(version.name).toMatch(/\/versions\/2$/);
  });

  it("leaves the etag of the secret as it is", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const before = gcp.secrets.describe("db")?.etag;
    await client.addSecretVersion({ parent, payload: { data: Buffer.from("two") } });
    expect(gcp.secrets.describe("db")?.etag).toBe(before);
  });

  it("takes 64 KiB and no byte more", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db");
    await client.addSecretVersion({ parent, payload: { data: Buffer.alloc(65_536, 1) } });
    const error = await failureOf(client.addSecretVersion({ parent, payload: { data: Buffer.alloc(65_537, 1) } }));
    expect(error.code).toBe(3);
    expect(gcp.secrets.describe("db")?.versions).toHaveLength(1);
  });

  it.each([
    ["a checksum of something else", { data: Buffer.from("two"), dataCrc32c: 1 }, /crc32c does not match/],
    ["no data", { data: Buffer.alloc(0) }, /must not be empty/],
  ])("refuses %s as INVALID_ARGUMENT and adds nothing", async (_, payload, message) => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db");
    const error = await failureOf(client.addSecretVersion({ parent, payload }));
    expect(error.code).toBe(3);
    expect(error.message).toMatch(message);
    expect(gcp.secrets.describe("db")?.versions).toEqual([]);
  });

  it("refuses a request without a payload", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db");
    const error = await failureOf(client.addSecretVersion({ parent }));
    expect([error.code, error.message]).toEqual([3, expect.stringContaining("Field [payload] is required.")]);
  });

  it("refuses a secret that is not there as NOT_FOUND", async () => {
    const { client } = await serverAndClient();
    const error = await failureOf(client.addSecretVersion({ parent, payload: { data: Buffer.from("x") } }));
    expect(error.code).toBe(5);
  });
});
