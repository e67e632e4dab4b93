/** What is configured and is no secret. A role id is a name: alone it opens nothing. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly vaultAddress: string;
  readonly roleId: string;
  /** The file that an agent or an operator writes, and writes anew. */
  readonly secretIdFile: string;
  readonly mailUrl: string;
}

export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  const needed = (name: string) => {
    const value = env[name]?.trim();
    if (!value) throw new Error(`${name} is not set.`);
    return value;
  };
  const port = env.PORT || "8080";
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error("PORT is a number from 0 to 65535.");
  return {
    host: env.HOST || "127.0.0.1",
    port: Number(port),
    vaultAddress: needed("VAULT_ADDR"),
    roleId: needed("VAULT_ROLE_ID"),
    secretIdFile: needed("VAULT_SECRET_ID_FILE"),
    mailUrl: needed("MAIL_URL"),
  };
}
