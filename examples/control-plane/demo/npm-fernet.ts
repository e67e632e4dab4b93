import fernet from "fernet";

/** Opens a token with the independent npm package `fernet`. @throws when it is no token of this key */
export function openWithNpmFernet(token: string, key: string): string {
  return new fernet.Token({ secret: new fernet.Secret(key), token, ttl: 0 }).decode();
}
