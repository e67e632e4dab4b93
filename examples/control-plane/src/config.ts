import { SecretsError } from "@qarion/secrets";

/** What is configured and is no secret. Secrets are read through `@qarion/secrets` alone. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Where the embedded database keeps its files when there is no DATABASE_URL. */
  readonly dataDirectory: string;
  /** The first user, created with the secret ADMIN_PASSWORD while there is no user. */
  readonly adminEmail: string;
  readonly logLevel: string;
}

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  const port = env.PORT || "3000";
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "PORT is a number from 0 to 65535." });
  }
  return {
    host: env.HOST || "127.0.0.1",
    port: Number(port),
    dataDirectory: env.DATA_DIRECTORY || "./data",
    adminEmail: (env.ADMIN_EMAIL || "admin@example.com").toLowerCase(),
    logLevel: env.LOG_LEVEL || "info",
  };
}
