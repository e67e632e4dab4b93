export * from "@qarion/secrets-core";
export { type SecretsFromEnvOptions, secretsFromEnv } from "./secrets-from-env.js";
