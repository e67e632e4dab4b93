import { SecretsError } from "@qarion/secrets";

export interface Config {
  readonly host: string;
  readonly port: number;
}

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  const port = env.PORT || "8080";
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "PORT is a number from 0 to 65535." });
  }
  return { host: env.HOST || "127.0.0.1", port: Number(port) };
}
