import { describe, expect, it } from "vitest";
import { failureOf, PROJECT, serverAndClient } from "./server-and-client.js";

const name = `${PROJECT}/secrets/db/versions/1`;

describe("a token", () => {
  it("is needed: a call without one is UNAUTHENTICATED", async () => {
    const { gcp, clientFor } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    const error = await failureOf(clientFor({ as: null }).accessSecretVersion({ name }));
    expect(error).toMatchObject({ code: 16, reason: "CREDENTIALS_MISSING" });
    expect(error.message).toContain("Request is missing required authentication credential.");
  });

  it("is refused as UNAUTHENTICATED once its time is over, until it is renewed", async () => {
    const { gcp, client } = await serverAndClient();
    gcp.secrets.add("db", { versions: ["one"] });
    await client.accessSecretVersion({ name });
    gcp.expireToken("owner");
    const error = await failureOf(client.accessSecretVersion({ name }));
    expect(error.code).toBe(16);
    expect(error.message).toContain("Request had invalid authentication credentials.");
    gcp.renewToken("owner");
    await client.accessSecretVersion({ name });
  });

  it("of another server is refused", async () => {
    const { gcp } = await serverAndClient();
    const other = await serverAndClient();
    const stranger = { ...gcp.clientOptions(), port: other.gcp.port };
    const { SecretManagerServiceClient } = await import("@google-cloud/secret-manager");
    const client = new SecretManagerServiceClient(stranger);
    expect((await failureOf(client.accessSecretVersion({ name }))).code).toBe(16);
    await client.close();
  });
});
