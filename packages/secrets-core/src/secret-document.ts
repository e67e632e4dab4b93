import type { Instant } from "./clock.js";
import type { ProviderRef, ProviderSecret } from "./provider.js";
import { type Secret, secretOf } from "./secret.js";
import { SecretsError } from "./secrets-error.js";

/**
 * What the store answered for one reference at one moment. Every `#key` is a view of it, so two keys of one secret
 * never come from two versions.
 */
export class SecretDocument {
  readonly ref: ProviderRef;
  readonly source: ProviderSecret;
  readonly fetchedAt: Instant;
  readonly #provider: string;
  readonly #state: "fresh" | "stale";
  readonly #views = new Map<string | undefined, Secret>();
  #members: Readonly<Record<string, unknown>> | undefined;
  #stale: SecretDocument | undefined;

  constructor(
    ref: ProviderRef,
    source: ProviderSecret,
    fetchedAt: Instant,
    provider: string,
    state: "fresh" | "stale" = "fresh",
  ) {
    this.ref = ref;
    this.source = source;
    this.fetchedAt = fetchedAt;
    this.#provider = provider;
    this.#state = state;
  }

  /** The same answer, confirmed by the store at a later moment. */
  confirmedAt(moment: Instant): SecretDocument {
    return new SecretDocument(this.ref, this.source, moment, this.#provider);
  }

  asStale(): SecretDocument {
    this.#stale ??= new SecretDocument(this.ref, this.source, this.fetchedAt, this.#provider, "stale");
    return this.#stale;
  }

  sameValue(other: SecretDocument): boolean {
    return this.view(undefined).equals(other.view(undefined));
  }

  /** The secret, or one member of its JSON object. @throws SecretsError `_INVALID_VALUE`, `_NOT_FOUND` */
  view(key: string | undefined): Secret {
    let view = this.#views.get(key);
    if (!view) {
      view = this.#secret(key === undefined ? this.source.value : this.#member(key), key);
      this.#views.set(key, view);
    }
    return view;
  }

  #secret(value: string | Uint8Array, key: string | undefined): Secret {
    const { version, activatedAt } = this.source;
    return secretOf(value, {
      name: this.#named(key),
      provider: this.#provider,
      stage: this.ref.stage,
      ...(version === undefined ? {} : { version }),
      ...(activatedAt === undefined ? {} : { activatedAt }),
      fetchedAt: new Date(this.fetchedAt.wall),
      state: this.#state,
    });
  }

  #member(key: string): string {
    this.#members ??= this.#parsed();
    if (!Object.hasOwn(this.#members, key)) {
      throw this.#error("ERR_SECRETS_NOT_FOUND", key, "The secret is a JSON object without this member.");
    }
    const value = this.#members[key];
    if (value === null) throw this.#error("ERR_SECRETS_INVALID_VALUE", key, "This member of the JSON object is null.");
    if (typeof value === "string") return value;
    const text = exactJson(value);
    if (text !== undefined) return text;
    const hint =
      "This member of the JSON object holds a number that JavaScript cannot hold exactly: store it as a string.";
    throw this.#error("ERR_SECRETS_INVALID_VALUE", key, hint);
  }

  #parsed(): Readonly<Record<string, unknown>> {
    const parsed = this.view(undefined).revealJson();
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
    throw this.#error("ERR_SECRETS_INVALID_VALUE", undefined, "The secret is JSON, but no object with members.");
  }

  #named(key: string | undefined): string {
    return key === undefined ? this.ref.name : `${this.ref.name}#${key}`;
  }

  #error(
    code: "ERR_SECRETS_NOT_FOUND" | "ERR_SECRETS_INVALID_VALUE",
    key: string | undefined,
    hint: string,
  ): SecretsError {
    return new SecretsError(code, { hint, secretName: this.#named(key), provider: this.#provider });
  }
}

/** The JSON text; `undefined` where parsing may have changed a number, since a PIN with other digits is no PIN. */
function exactJson(value: unknown): string | undefined {
  let exact = true;
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "number" && (!Number.isFinite(part) || Math.abs(part) > Number.MAX_SAFE_INTEGER)) exact = false;
    return part;
  });
  return exact ? text : undefined;
}
