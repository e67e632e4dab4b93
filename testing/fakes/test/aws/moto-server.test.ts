import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { findMoto, type MotoOptions, type MotoServer, startMoto } from "../../src/aws/index.js";
import { ONE, refusal } from "./use-aws.js";

async function withMoto(options: MotoOptions, use: (moto: MotoServer) => Promise<void>): Promise<void> {
  const moto = await startMoto(options);
  try {
    await use(moto);
  } finally {
    await moto.close();
  }
}

const create = (client: SecretsManager) => client.createSecret({ Name: "app/db", SecretString: ONE });
const list = (client: SecretsManager) => client.listSecrets();

describe.skipIf(findMoto() === undefined)("moto (skipped where no Python has moto's server)", () => {
  it("answers the SDK, forgets on reset, and ends", async () => {
    let endpoint = "";
    await withMoto({}, async (moto) => {
      endpoint = moto.endpoint;
      const client = new SecretsManager({ ...moto.clientOptions, maxAttempts: 1 });
      await create(client);
      expect((await list(client)).SecretList).toHaveLength(1);
      await moto.reset();
      expect((await list(client)).SecretList).toHaveLength(0);
      client.destroy();
    });
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  it("with IAM enforced it lets a user do what the policy allows", () =>
    withMoto({ enforceIam: true }, async (moto) => {
      const stranger = new SecretsManager({ ...moto.clientOptions, maxAttempts: 1 });
      expect(await refusal(list(stranger))).toMatchObject({ status: 403 });
      const statement = { Effect: "Allow", Action: "secretsmanager:CreateSecret", Resource: "*" } as const;
      const credentials = await moto.addUser("maker", { Statement: statement });
      const client = new SecretsManager({ ...moto.clientOptions, credentials, maxAttempts: 1 });
      await create(client);
      expect(await refusal(list(client))).toMatchObject({ status: 403 });
      expect(await refusal(create(stranger))).toMatchObject({ status: 403 });
      client.destroy();
      stranger.destroy();
    }));

  it("goes on answering when it has logged more than a pipe holds", () =>
    withMoto({}, async ({ endpoint }) => {
      const path = "/moto-api/".concat("x".repeat(2000));
      for (let asked = 0; asked < 60; asked++) await fetch(endpoint + path);
      expect((await fetch(`${endpoint}/moto-api/reset`, { method: "POST" })).status).toBe(200);
    }));
});
