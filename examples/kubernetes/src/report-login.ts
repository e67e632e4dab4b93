import type { Secrets } from "@qarion/secrets";

/** The keys of the Secret, which are the names of the files in the volume. */
export const refs = { user: "report-user", password: "report-password" } as const;

/**
 * Whether an `authorization` header names the user and the password of the volume as they are now.
 *
 * @throws AggregateError when they cannot be read: nobody is let in by what was read before
 */
export async function isAllowed(secrets: Secrets, authorization: string | undefined): Promise<boolean> {
  const given = basicCredentials(authorization);
  if (!given) return false;
  // One batch, so that user and password are of one version of the volume, even while the kubelet swaps it.
  const { user, password } = await secrets.getAll(refs);
  const userMatches = user.equals(given.user); // both are compared, in constant time: no answer tells which was wrong
  return password.equals(given.password) && userMatches;
}

/** RFC 7617: base64 of `user:password`, where the user has no colon. */
function basicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
