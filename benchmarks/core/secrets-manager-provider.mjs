import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/**
 * As little of a provider as the comparison needs: one read, by the client that the peer uses too, set up by the same
 * variables of the environment.
 * @returns {import("@qarion/secrets-core").SecretProvider}
 */
export function secretsManagerProvider() {
  const client = new SecretsManagerClient({});
  return {
    name: "secrets-manager",
    capabilities: { stages: false, versions: false },
    async get({ name }, { signal }) {
      const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: name }), {
        abortSignal: signal,
      });
      return { value: SecretString ?? "", ...(VersionId === undefined ? {} : { version: VersionId }) };
    },
    async close() {
      client.destroy();
    },
  };
}
