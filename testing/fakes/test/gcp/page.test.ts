import { describe, expect, it } from "vitest";
import { failureOf, PROJECT, serverAndClient } from "./server-and-client.js";

const manual = () => ({ autoPaginate: false });

describe("pages of a list", () => {
  it("end with an empty token", async () => {
    const { gcp, client } = await serverAndClient();
    for (const id of ["a", "b", "c"]) gcp.secrets.add(id);
    const [, , first] = await client.listSecrets({ parent: PROJECT, pageSize: 2 }, manual());
    expect(first.secrets).toHaveLength(2);
    expect(first.nextPageToken).not.toBe("");
    const pageToken = first.nextPageToken ?? "";
    const [, , second] = await client.listSecrets({ parent: PROJECT, pageSize: 2, pageToken }, manual());
    expect([second.secrets?.length, second.nextPageToken]).toEqual([1, ""]);
  });

  it("give nothing twice and nothing over when secrets come and go between two of them", async () => {
    const { gcp, client } = await serverAndClient();
    for (const id of ["a", "b", "c", "d"]) gcp.secrets.add(id);
    const [, , first] = await client.listSecrets({ parent: PROJECT, pageSize: 2 }, manual());
    gcp.secrets.add("e");
    gcp.secrets.remove("c");
    const pageToken = first.nextPageToken ?? "";
    const [secrets] = await client.listSecrets({ parent: PROJECT, pageToken }, manual());
    expect(secrets.map(({ name }) => name?.split("/").at(-1))).toEqual(["b", "a"]);
  });

  it("refuse a token of another list, of another filter, or of nobody", async () => {
    const { gcp, client } = await serverAndClient();
    for (const id of ["a", "b", "c"]) gcp.secrets.add(id, { versions: ["1", "2"] });
    const [, , first] = await client.listSecrets({ parent: PROJECT, pageSize: 1 }, manual());
    const pageToken = first.nextPageToken ?? "";
    for (const call of [
      () => client.listSecrets({ parent: PROJECT, pageToken, filter: "name:a" }, manual()),
      () => client.listSecretVersions({ parent: `${PROJECT}/secrets/a`, pageToken }, manual()),
      () => client.listSecrets({ parent: PROJECT, pageToken: "nonsense" }, manual()),
      () => client.listSecrets({ parent: PROJECT, pageSize: -1 }, manual()),
    ]) {
      expect((await failureOf(call())).code).toBe(3);
    }
  });
});
