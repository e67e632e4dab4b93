import { describe, expect, it } from "vitest";
import { failureOf, PROJECT, serverAndClient } from "./server-and-client.js";

async function idsFor(filter: string): Promise<(string | undefined)[]> {
  const { gcp, client } = await serverAndClient();
  gcp.secrets.add("app-db", { labels: { team: "core", env: "prod" } });
  gcp.secrets.add("app-smtp", { labels: { team: "mail" } });
  gcp.secrets.add("other", { labels: { team: "core" } });
  const [secrets] = await client.listSecrets({ parent: PROJECT, filter });
  return secrets.map(({ name }) => name?.split("/").at(-1)).sort();
}

describe("the filter of a list", () => {
  it.each([
    ["name:app-", ["app-db", "app-smtp"]],
    ["name:db", ["app-db"]],
    ["name:DB", ["app-db"]],
    ['name:"app-db"', ["app-db"]],
    ["name:nothing", []],
    ["labels.team=core", ["app-db", "other"]],
    ["labels.team!=core", ["app-smtp"]],
    ["labels.env:*", ["app-db"]],
    ["name:app- AND labels.team=core", ["app-db"]],
    ["name:app- labels.team=core", ["app-db"]],
    ["name:db OR name:other", ["app-db", "other"]],
    ["labels.team=core AND name:db OR name:smtp", ["app-db"]],
    ["NOT name:app-", ["other"]],
    ["-name:app-", ["other"]],
    ["labels.team=core AND (name:smtp OR name:other)", ["other"]],
  ])("%s", async (filter, ids) => {
    expect(await idsFor(filter)).toEqual(ids);
  });

  it.each(["name:db OR", "AND name:db", "(name:db", "name:db)", "NOT"])(
    "refuses %j as INVALID_ARGUMENT",
    async (filter) => {
      expect((await failureOf(idsFor(filter))).code).toBe(3);
    },
  );

  it.each(["create_time>2021-01-01T00:00:00Z", "topics:x", "state:(ENABLED OR DISABLED)", "db"])(
    "refuses what it does not model, such as %j, as UNIMPLEMENTED",
    async (filter) => {
      expect((await failureOf(idsFor(filter))).code).toBe(12);
    },
  );
});
