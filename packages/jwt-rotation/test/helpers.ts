import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { parseCompact, parsePayload, verifySignature } from "../src/hs256.js";
import { JwtError, type JwtErrorCode } from "../src/index.js";
import type { JwtHeader } from "../src/jwt-header.js";

export const newKey = (): KeyObject => createSecretKey(randomBytes(32));

export const segment = (content: string | Uint8Array): string => Buffer.from(content).toString("base64url");

/** An HMAC by node:crypto alone: what a holder of the key can put under any text, well-formed or not. */
export const mac = (signingInput: string, key: KeyObject): string =>
  createHmac("sha256", key).update(signingInput).digest("base64url");

/** A token of exactly these header and payload texts, rightly signed. */
export function rawToken(header: string | Uint8Array, payload: string | Uint8Array, key: KeyObject): string {
  const signingInput = `${segment(header)}.${segment(payload)}`;
  return `${signingInput}.${mac(signingInput, key)}`;
}

/** The codec's steps in the order in which a ring takes them. */
export function openToken(token: unknown, key: KeyObject, known?: ReadonlyMap<string, JwtHeader>) {
  const jwt = parseCompact(token, known);
  if (!verifySignature(jwt, key)) throw new JwtError("ERR_JWT_SIGNATURE");
  return parsePayload(jwt);
}

/** The code of the `JwtError` that `attempt` throws, or "accepted"; any other error is not expected and goes on. */
export function codeOf(attempt: () => unknown): JwtErrorCode | "accepted" {
  try {
    attempt();
  } catch (error) {
    if (JwtError.is(error)) return error.code;
    throw error;
  }
  return "accepted";
}
