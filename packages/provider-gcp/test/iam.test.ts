import type { Permission, Role } from "@qarion-testing/fakes/gcp";
import { describe, expect, it } from "vitest";
import { codeOf, namesOf, useGcp } from "./use-gcp.js";

const accessor = "roles/secretmanager.secretAccessor";
const adder = "roles/secretmanager.secretVersionAdder";
const manager = "roles/secretmanager.secretVersionManager";
const viewer = "roles/secretmanager.viewer";
const denied = "ERR_SECRETS_ACCESS_DENIED";

type Used = Awaited<ReturnType<typeof useGcp>>;

/** A principal with these roles, on the secret `db` alone or on the project. */
async function as(grants: readonly (Role | Permission)[], where: "db" | "project", version?: string): Promise<Used> {
  const used = await useGcp({ as: "app", options: { version } });
  const versions = ["one", "two"];
  used.gcp.secrets.add("db", { versions, aliases: { live: 2, previous: 1, pending: 1 } });
  used.gcp.iam.grant("app", grants, ...(where === "db" ? (["db"] as const) : []));
  return used;
}

// The rows of the README's table of roles.
describe("reading", () => {
  it.each(["db", "db@previous", "db@pending", "db@v=1"])("%s needs secretAccessor on the secret alone", async (ref) => {
    for (const version of [undefined, "live"]) {
      const { secrets } = await as([accessor], "db", version);
      expect((await secrets.get(ref)).version).toBe(ref === "db" ? "2" : "1");
    }
  });

  it("with all but versions.access is denied", async () => {
    const { secrets } = await as([viewer, manager, adder], "project");
    for (const ref of ["db", "db@previous", "db@pending", "db@v=1"])
      expect(await codeOf(secrets.get(ref))).toBe(denied);
  });

  it("of a secret that is not there is denied, and not told as missing, where the role is on another secret", async () => {
    const { secrets } = await as([accessor], "db");
    expect(await codeOf(secrets.get("other"))).toBe(denied);
  });
});

describe("list", () => {
  it("needs viewer on the project", async () => {
    const { secrets } = await as([viewer], "project");
    expect(await namesOf(secrets.list())).toEqual(["db"]);
    const lesser = await as([viewer, accessor], "db");
    expect(await codeOf(namesOf(lesser.secrets.list()))).toBe(denied);
  });
});

describe("put where `latest` is current", () => {
  it("needs secretVersionAdder on the secret", async () => {
    const { secrets } = await as([adder], "db");
    expect(await secrets.put("db", "three")).toEqual({ version: "3" });
    const lesser = await as([accessor, viewer], "project");
    expect(await codeOf(lesser.secrets.put("db", "three"))).toBe(denied);
  });

  it("needs secrets.create on the project besides, for a secret that is not there", async () => {
    const { secrets } = await as([adder, "secretmanager.secrets.create"], "project");
    expect(await secrets.put("new", "one")).toEqual({ version: "1" });
    const lesser = await as([adder], "project");
    expect(await codeOf(lesser.secrets.put("new", "one"))).toBe(denied);
  });
});

describe("put and promote where an alias is current", () => {
  const rights = [manager, "secretmanager.secrets.get", "secretmanager.secrets.update"] as const;

  it("need secretVersionManager, secrets.get and secrets.update on the secret", async () => {
    const { secrets } = await as(rights, "db", "live");
    expect(await secrets.put("db@pending", "three")).toEqual({ version: "3" });
    await secrets.promote("db", "3");
    expect(await secrets.put("db", "four")).toEqual({ version: "4" });
  });

  it.each(rights)("are denied without %s", async (missing) => {
    const others = rights.filter((right) => right !== missing);
    const { gcp, secrets } = await as(others, "db", "live");
    expect(await codeOf(secrets.promote("db", "1"))).toBe(denied);
    expect(gcp.secrets.describe("db")?.aliases).toEqual({ live: 2, previous: 1, pending: 1 });
  });
});
