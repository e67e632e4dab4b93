import { createSecretKey, type KeyObject } from "node:crypto";
import { type Clock, type Ref, SecretsError, type Stage } from "@qarion/secrets-core";
import {
  clockOf,
  type HeldKey,
  type KeyGeneration,
  type KeyStatus,
  type RingKey,
  RotatingKeys,
  usualRefs,
} from "@qarion/secrets-core/keys";
import { type ClaimRules, checkClaims, issueClaims } from "./claims.js";
import { CooledRefresh } from "./cooled-refresh.js";
import { type CompactJwt, parseCompact, parsePayload, signCompact, verifySignature } from "./hs256.js";
import { JwtError } from "./jwt-error.js";
import { encodeHeader, type JwtHeader, parseHeader } from "./jwt-header.js";
import { claimRules, type JwtKeyRingOptions } from "./jwt-key-ring-options.js";
import { parseSigningKey, signingKeyProblem } from "./signing-key.js";

export interface VerifiedJwt {
  /** The claims, deeply frozen. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The id of the key that signed it, also when the token itself names none. */
  readonly kid: string;
  readonly keyState: Stage;
}

/**
 * The keys that sign and verify the HS256 tokens of a service: one current key signs; pending, current and previous
 * ones verify, each previous one until the last token that it may have signed has expired.
 */
export interface JwtKeyRing {
  /**
   * A token with `iat`, `exp`, and `iss` and `aud` where configured. `expiresInSeconds` is at most
   * `maxTokenLifetimeSeconds`.
   *
   * @throws JwtError `ERR_JWT_CLAIMS`; `ERR_JWT_STALE` when the current key is missing, denied, or was not confirmed for
   * longer than `ttlMs + maxStaleMs`
   */
  sign(claims: Readonly<Record<string, unknown>>, options: { expiresInSeconds: number }): string;
  /** Verifies with the keys held now. @throws JwtError any but those of signing, which say why */
  verify(token: string): VerifiedJwt;
  /**
   * As `verify`, but a token of a key that the ring does not hold refreshes the ring first, at most once a second: it may
   * come from a process that learned of a rotation earlier. `ERR_JWT_STALE` (retryable: answer 503) when that could not
   * be found out.
   */
  verifyAsync(token: string): Promise<VerifiedJwt>;
  status(): readonly KeyStatus[];
  /** Refreshes if that is due: the first line of a handler on a runtime that freezes. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a ring that follows its secrets: a rotation in the store reaches it with no restart.
 *
 * @throws SecretsError `_NOT_FOUND` without a current key, `_INVALID_VALUE` for a blank or weak one, `_INVALID_CONFIG`,
 * or whatever the provider answered: a ring does not start half-configured
 */
export async function createJwtKeyRing(options: JwtKeyRingOptions): Promise<JwtKeyRing> {
  const { secrets, name, current, allowWeakKeys = false } = options;
  const rules = claimRules(options);
  const usual = usualRefs(current);
  const previous = options.previous;
  let warned = false;
  const keys = await RotatingKeys.open(secrets, {
    name,
    current,
    ...(previous === undefined ? {} : { previous: isList(previous) ? previous : [previous] }),
    ...(options.next === undefined ? {} : { pending: [options.next] }),
    guessed: {
      ...(previous === undefined ? { previous: usual.previous } : {}),
      ...(options.next === undefined ? { pending: usual.pending } : {}),
    },
    ...(usual.rotatedAt === undefined ? {} : { rotatedAt: usual.rotatedAt }),
    lifetimeMs: (rules.maxTokenLifetimeSeconds + 2 * rules.clockSkewSeconds) * 1_000,
    hmacKeys: true,
    isGuessable: (material) => signingKeyProblem(material) !== undefined,
    parse: (secret) => {
      const key = parseSigningKey(secret, allowWeakKeys);
      if (allowWeakKeys && !warned && signingKeyProblem(key) !== undefined) {
        warned = true;
        process.emitWarning(`The ring ${JSON.stringify(name)} uses a weak signing key (${secret.name}): replace it.`, {
          code: "QARION_WEAK_KEY",
        });
      }
      return key;
    },
    verdict,
  });
  return new Hs256KeyRing(keys, rules, options.kidless ?? "strict", clockOf(secrets));
}

/** A generation made ready for verifying: found by key id, or tried one after the other. */
interface PreparedKeys {
  readonly all: readonly PreparedKey[];
  readonly byKid: ReadonlyMap<string, PreparedKey>;
  readonly headers: ReadonlyMap<string, JwtHeader>;
}

interface PreparedKey {
  readonly held: HeldKey;
  readonly object: KeyObject;
}

/** What most libraries write for a token without `kid`: known headers need no parsing. */
const kidlessHeaders = ['{"alg":"HS256","typ":"JWT"}', '{"typ":"JWT","alg":"HS256"}', '{"alg":"HS256"}'].map((json) =>
  Buffer.from(json).toString("base64url"),
);

class Hs256KeyRing implements JwtKeyRing {
  readonly #keys: RotatingKeys;
  readonly #rules: ClaimRules;
  readonly #kidless: "reject" | "strict" | "legacy";
  readonly #clock: Clock;
  readonly #unknownKey: CooledRefresh;
  readonly #signers = new WeakMap<RingKey, { readonly object: KeyObject; readonly header: string }>();
  #prepared: { readonly generation: KeyGeneration; readonly keys: PreparedKeys } | undefined;

  constructor(keys: RotatingKeys, rules: ClaimRules, kidless: "reject" | "strict" | "legacy", clock: Clock) {
    this.#keys = keys;
    this.#rules = rules;
    this.#kidless = kidless;
    this.#clock = clock;
    this.#unknownKey = new CooledRefresh(() => keys.refresh(), clock);
  }

  sign(claims: Readonly<Record<string, unknown>>, options: { expiresInSeconds: number }): string {
    const own = issueClaims(claims, this.#rules, options.expiresInSeconds, this.#clock.now() / 1_000);
    const key = this.#orStale(() => this.#keys.encryptionKey());
    const { header, object } = this.#signer(key);
    const token = signCompact(header, own, object);
    this.#keys.used(key);
    return token;
  }

  verify(token: string): VerifiedJwt {
    const jwt = this.#parse(token);
    return this.#accept(jwt, this.#match(jwt) ?? this.#refuse(jwt));
  }

  async verifyAsync(token: string): Promise<VerifiedJwt> {
    const jwt = this.#parse(token);
    const match = this.#match(jwt);
    if (match) return this.#accept(jwt, match);
    if (!this.#mayBeKnown(jwt)) return this.#refuse(jwt);
    await this.#unknownKey.wait();
    const late = this.#match(jwt);
    if (late) return this.#accept(jwt, late);
    if (this.#keys.error) throw new JwtError("ERR_JWT_STALE", { cause: this.#keys.error });
    return this.#refuse(jwt);
  }

  status(): readonly KeyStatus[] {
    return this.#keys.status();
  }

  ready(): Promise<void> {
    return this.#keys.ready();
  }

  close(): Promise<void> {
    return this.#keys.close();
  }

  #parse(token: string): CompactJwt {
    return parseCompact(token, this.#ready().headers);
  }

  /** The key that signed it. @throws JwtError `ERR_JWT_SIGNATURE` when the key it names did not */
  #match(jwt: CompactJwt): PreparedKey | undefined {
    const { all, byKid } = this.#ready();
    const nowMs = this.#clock.now();
    const { kid } = jwt.header;
    if (kid !== undefined) {
      const named = byKid.get(kid);
      if (!named || isRetired(named.held, nowMs)) return undefined;
      if (!verifySignature(jwt, named.object)) throw new JwtError("ERR_JWT_SIGNATURE");
      return named;
    }
    if (this.#kidless === "reject") return undefined;
    let match: PreparedKey | undefined;
    for (const key of all) {
      // Every key is tried, and each costs the same, so that the time tells nothing of which one it was.
      const signed = verifySignature(jwt, key.object);
      if (signed && !isRetired(key.held, nowMs)) match ??= key;
    }
    return match;
  }

  /** Whether another process may hold the key already. */
  #mayBeKnown({ header }: CompactJwt): boolean {
    return header.kid !== undefined || this.#kidless !== "reject";
  }

  #refuse({ header }: CompactJwt): never {
    if (header.kid !== undefined) throw new JwtError("ERR_JWT_UNKNOWN_KEY");
    if (this.#kidless !== "reject") throw new JwtError("ERR_JWT_SIGNATURE");
    throw new JwtError("ERR_JWT_UNKNOWN_KEY", { hint: "This ring accepts no token without a kid." });
  }

  #accept(jwt: CompactJwt, { held }: PreparedKey): VerifiedJwt {
    const payload = parsePayload(jwt);
    const legacy = jwt.header.kid === undefined && this.#kidless === "legacy";
    checkClaims(payload, legacy ? { ...this.#rules, legacy } : this.#rules, this.#clock.now() / 1_000);
    this.#keys.used(held.key);
    return { payload, kid: held.key.keyId, keyState: held.state };
  }

  #ready(): PreparedKeys {
    const generation = this.#orStale(() => this.#keys.generation());
    if (this.#prepared?.generation !== generation) this.#prepared = { generation, keys: this.#prepare(generation) };
    return this.#prepared.keys;
  }

  #prepare(generation: KeyGeneration): PreparedKeys {
    const all = generation.map((held): PreparedKey => ({ held, object: this.#signer(held.key).object }));
    const named = all.filter(({ held }) => !isLabel(held.key.keyId));
    const headers = [...kidlessHeaders, ...named.map(({ held }) => encodeHeader(held.key.keyId))];
    return {
      all,
      byKid: new Map(named.map((key) => [key.held.key.keyId, key])),
      headers: new Map(headers.map((header) => [header, parseHeader(header)])),
    };
  }

  #signer(key: RingKey): { readonly object: KeyObject; readonly header: string } {
    let signer = this.#signers.get(key);
    if (!signer) {
      const kid = isLabel(key.keyId) ? undefined : key.keyId;
      signer = { object: createSecretKey(key.material), header: encodeHeader(kid) };
      this.#signers.set(key, signer);
    }
    return signer;
  }

  #orStale<T>(use: () => T): T {
    try {
      return use();
    } catch (error) {
      if (SecretsError.is(error)) throw new JwtError("ERR_JWT_STALE", { cause: error });
      throw error;
    }
  }
}

function isRetired({ retireAfterMs }: HeldKey, nowMs: number): boolean {
  return retireAfterMs !== undefined && nowMs >= retireAfterMs;
}

/** A weak key has a label and no id: from an id that is published in tokens its value could be guessed. */
function isLabel(keyId: string): boolean {
  return keyId.includes(":");
}

function isList(refs: Ref | readonly Ref[]): refs is readonly Ref[] {
  return Array.isArray(refs);
}

function verdict(
  { state, retireAfterMs, isObserved }: HeldKey,
  nowMs: number,
): Pick<KeyStatus, "safeToRemove" | "because"> {
  if (state === "current") return { safeToRemove: false, because: "it signs new tokens" };
  if (state === "pending") return { safeToRemove: false, because: "it is about to become the current key" };
  if (retireAfterMs === undefined || isObserved) {
    return {
      safeToRemove: "unknown",
      because: "the provider does not say when the current key took its place, and no _ROTATED_AT says it",
    };
  }
  const until = new Date(retireAfterMs).toISOString();
  return nowMs < retireAfterMs
    ? { safeToRemove: false, because: `tokens signed with it may live until ${until}` }
    : { safeToRemove: true, because: `the last token signed with it expired by ${until}` };
}
