import { describe, expect, it } from "vitest";
import { failureOf, PROJECT, serverAndClient } from "../server-and-client.js";

const NAME = `${PROJECT}/secrets/db`;

describe("UpdateSecret", () => {
  it.each(["version_aliases", "versionAliases"])(
    "writes the aliases that the mask %s names, in place of all",
    async (path) => {
      const { gcp, client } = await serverAndClient();
      gcp.secrets.add("db", { versions: ["one", "two"], aliases: { old: 1 } });
      const [secret] = await client.updateSecret({
        secret: { name: NAME, versionAliases: { pending: 2 } },
        updateMask: { paths: [path] },
      });
      expect(secret.versionAliases).toEqual({ pending: "2" });
      expect(gcp.secrets.describe("db")?.aliases).toEqual({ pending: 2 });
    },
  );

  it("is a compare and swap with the etag: of two writers that read the same, one is refused", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    const [{ etag }] = await client.getSecret({ name: NAME });
    const write = (pending: number) =>
      client.updateSecret({
        secret: { name: NAME, etag: etag ?? "", versionAliases: { pending } },
        updateMask: { paths: ["version_aliases"] },
      });
    await write(1);
    const error = await failureOf(write(2));
    expect([error.code, error.message]).toEqual([9, expect.stringContaining("does not match the resource's current")]);
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ pending: 1 });
  });

  it("writes over whatever is there without an etag", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one", "two"] });
    for (const pending of [1, 2]) {
      await client.updateSecret({
        secret: { name: NAME, versionAliases: { pending } },
        updateMask: { paths: ["version_aliases"] },
      });
    }
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ pending: 2 });
  });

  it("leaves what the mask does not name, and clears what it names and the request leaves out", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"], aliases: { pending: 1 }, labels: { team: "core" } });
    await client.updateSecret({
      secret: { name: NAME, labels: { team: "other" } },
      updateMask: { paths: ["version_aliases"] },
    });
    expect(gcp.secrets.describe("db")).toMatchObject({ aliases: {}, labels: { team: "core" } });
  });

  it("writes a new etag even where nothing changes", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db");
    const before = gcp.secrets.describe("db")?.etag;
    const [secret] = await client.updateSecret({ secret: { name: NAME }, updateMask: { paths: ["labels"] } });
    expect(secret.etag).not.toBe(before);
  });

  it.each([
    ["no mask", undefined, {}, /Field \[update_mask\] is required/],
    ["everything at once", ["*"], {}, /invalid argument/],
    ["a field that is none", ["colour"], {}, /invalid argument/],
    ["one key of a map", ["labels.team"], {}, /invalid argument/],
    ["the replication", ["replication"], {}, /immutable/],
    ["an alias of a version that is not there", ["version_aliases"], { versionAliases: { a: 9 } }, /don't exist/],
    ["the alias `latest`", ["version_aliases"], { versionAliases: { latest: 1 } }, /must follow pattern/],
    ["an alias that starts with a digit", ["version_aliases"], { versionAliases: { "1a": 1 } }, /must follow pattern/],
    ["an alias of 64 letters", ["version_aliases"], { versionAliases: { ["a".repeat(64)]: 1 } }, /must follow pattern/],
    [
      "51 aliases",
      ["version_aliases"],
      { versionAliases: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`a${at}`, 1])) },
      /No more than 50/,
    ],
  ])("refuses %s as INVALID_ARGUMENT and changes nothing", async (_, paths, fields, message) => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"], labels: { team: "core" } });
    const before = gcp.secrets.describe("db");
    const error = await failureOf(
      client.updateSecret({ secret: { name: NAME, ...fields }, ...(paths && { updateMask: { paths } }) }),
    );
    expect([error.code, error.message]).toEqual([3, expect.stringMatching(message)]);
    expect(gcp.secrets.describe("db")).toEqual(before);
  });

  it("changes no field when one of several is refused", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"], labels: { team: "core" } });
    const secret = { name: NAME, labels: { team: "other" }, versionAliases: { a: 9 } };
    await failureOf(client.updateSecret({ secret, updateMask: { paths: ["labels", "version_aliases"] } }));
    expect(gcp.secrets.describe("db")?.labels).toEqual({ team: "core" });
  });

  it("lets an alias name a version that is destroyed", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.secrets.setState("db", 1, "DESTROYED");
    await client.updateSecret({
      secret: { name: NAME, versionAliases: { pending: 1 } },
      updateMask: { paths: ["version_aliases"] },
    });
    expect((await failureOf(client.accessSecretVersion({ name: `${NAME}/versions/pending` }))).code).toBe(9);
  });

  it("refuses a secret that is not there as NOT_FOUND", async () => {
    const { client } = await serverAndClient();
    const request = { secret: { name: NAME }, updateMask: { paths: ["labels"] } };
    expect((await failureOf(client.updateSecret(request))).code).toBe(5);
  });
});
