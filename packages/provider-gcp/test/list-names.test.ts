import { describe, expect, it } from "vitest";
import { codeOf, context, namesOf, useGcp } from "./use-gcp.js";

describe("list", () => {
  it("tells all names, over as many pages as there are", async () => {
    const { gcp, provider } = await useGcp();
    const ids = Array.from({ length: 1_001 }, (_, at) => `secret_${at}`);
    for (const id of ids) gcp.secrets.add(id);
    expect(new Set(await namesOf(provider.list?.({}, context())))).toEqual(new Set(ids));
    expect(gcp.calls.count("ListSecrets")).toBe(2);
  });

  it("tells names that ids cannot hold, where put has made the secrets", async () => {
    const { gcp, secrets } = await useGcp();
    await secrets.put("llm_api_key/control_plane", "value");
    gcp.secrets.add("llm_api_key_other");
    expect((await namesOf(secrets.list())).sort()).toEqual(["llm_api_key/control_plane", "llm_api_key_other"]);
    expect(await namesOf(secrets.list({ prefix: "llm_api_key/" }))).toEqual([
      "llm_api_key/other",
      "llm_api_key/control_plane",
    ]);
  });

  it("tells names as they are asked for behind the prefix of the options", async () => {
    const { gcp, secrets } = await useGcp({ options: { prefix: "prod/" } });
    gcp.secrets.add("prod_db", { versions: ["one"] });
    gcp.secrets.add("production");
    gcp.secrets.add("test_db");
    expect(await namesOf(secrets.list())).toEqual(["db"]);
    expect((await secrets.get("db")).reveal()).toBe("one");
    expect(await namesOf(secrets.list({ prefix: "d" }))).toEqual(["db"]);
    expect(await namesOf(secrets.list({ prefix: "x" }))).toEqual([]);
  });

  it("believes no annotation that stands for another id", async () => {
    const { gcp, secrets } = await useGcp();
    await secrets.put("a/b", "value");
    gcp.fault({
      kind: "rewrite",
      rewrite: () => ({ secrets: [{ name: "projects/1/secrets/mine", annotations: { "qarion-name": "a/b" } }] }),
    });
    expect(await namesOf(secrets.list())).toEqual(["mine"]);
  });

  it("goes on over a page that is empty", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db");
    gcp.fault({ kind: "rewrite", rewrite: () => ({ secrets: [], nextPageToken: "" }) }, { after: 1 });
    gcp.fault({ kind: "rewrite", rewrite: (answer) => ({ ...answer, nextPageToken: "" }) });
    expect(await namesOf(secrets.list())).toEqual(["db"]);
  });

  it("that fails in the middle is an error, and no shorter list", async () => {
    const { gcp, secrets } = await useGcp();
    for (let at = 0; at < 1_001; at += 1) gcp.secrets.add(`secret_${at}`);
    gcp.fault({ kind: "error", status: "UNAVAILABLE" }, { after: 1 });
    expect(await codeOf(namesOf(secrets.list()))).toBe("ERR_SECRETS_UNAVAILABLE");
  });
});
