import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import type { Fields } from "./logical.js";
import type { VaultClock } from "./vault-clock.js";

const ISSUER = "https://kubernetes.default.svc.cluster.local";

export interface ServiceAccountClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expiresAtMs: number;
}

/** The service accounts of a Kubernetes cluster: it signs their tokens and knows them again. */
export class ServiceAccounts {
  readonly #clock: VaultClock;
  readonly #key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  readonly #uids = new Map<string, string>();
  readonly #issued = new Map<string, string>();

  constructor(clock: VaultClock) {
    this.#clock = clock;
  }

  /** A projected token, as the kubelet writes it to a file and replaces it before it ends. */
  issue(namespace: string, name: string, ttlMs: number, audiences: readonly string[]): string {
    const account = `${namespace}/${name}`;
    const uid = this.#uids.get(account) ?? randomUUID();
    this.#uids.set(account, uid);
    const issuedAt = Math.floor(this.#clock.now() / 1_000);
    const claims = {
      aud: audiences,
      exp: issuedAt + ttlMs / 1_000,
      iat: issuedAt,
      iss: ISSUER,
      jti: randomUUID(),
      "kubernetes.io": { namespace, serviceaccount: { name, uid } },
      nbf: issuedAt,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const signed = [{ alg: "ES256", typ: "JWT" }, claims].map(encode).join(".");
    const signature = sign("sha256", Buffer.from(signed), { key: this.#key, dsaEncoding: "ieee-p1363" });
    const jwt = `${signed}.${signature.toString("base64url")}`;
    this.#issued.set(jwt, account);
    return jwt;
  }

  /** Deletes an account: its tokens stop being good although they have time left. */
  delete(namespace: string, name: string): void {
    this.#uids.delete(`${namespace}/${name}`);
    for (const [jwt, account] of this.#issued) if (account === `${namespace}/${name}`) this.#issued.delete(jwt);
  }

  /** The TokenReview of the cluster: whether it is a token of its own, in its time, of an account that is still there. */
  review(jwt: string): boolean {
    return this.#issued.has(jwt) && (readClaims(jwt)?.expiresAtMs ?? 0) > this.#clock.now();
  }
}

/** What a token says, whoever signed it. `undefined`: not the token of a service account. */
export function readClaims(jwt: string): ServiceAccountClaims | undefined {
  const parts = jwt.split(".");
  if (parts.length !== 3) return undefined;
  let claims: Fields;
  try {
    claims = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString()) as Fields;
  } catch {
    return undefined; // not JSON
  }
  const about = claims["kubernetes.io"] as
    | { namespace?: string; serviceaccount?: { name?: string; uid?: string } }
    | undefined;
  const { name, uid } = about?.serviceaccount ?? {};
  if (about?.namespace === undefined || name === undefined || uid === undefined) return undefined;
  const audiences = [claims.aud ?? []].flat().map(String);
  const expiresAtMs = typeof claims.exp === "number" ? claims.exp * 1_000 : Number.POSITIVE_INFINITY;
  return { namespace: about.namespace, name, uid, audiences, expiresAtMs };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
