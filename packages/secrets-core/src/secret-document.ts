import type { Instant } from "./clock.js";
import { JsonMembers } from "./json-members.js";
import type { ProviderSecret } from "./provider.js";
import { type Secret, secretOf } from "./secret.js";
import { SecretsError } from "./secrets-error.js";
import type { StoreRef } from "./store-ref.js";

interface View {
  readonly secret: Secret;
  readonly promise: Promise<Secret>;
}

/**
 * What the store answered for one reference at one moment. Every `#key` and every member of a bundle is a view of it, so
 * two of them never come from two versions.
 */
export class SecretDocument {
  /** The whole document, as users know it. */
  readonly at: StoreRef;
  readonly source: ProviderSecret;
  readonly fetchedAt: Instant;
  readonly #provider: string;
  readonly #state: "fresh" | "stale";
  readonly #views = new Map<string, View>();
  #whole: Secret | undefined;
  #members: JsonMembers | undefined;
  #stale: SecretDocument | undefined;

  constructor(
    at: StoreRef,
    source: ProviderSecret,
    fetchedAt: Instant,
    provider: string,
    state: "fresh" | "stale" = "fresh",
  ) {
    this.at = at;
    this.source = source;
    this.fetchedAt = fetchedAt;
    this.#provider = provider;
    this.#state = state;
  }

  /** The document's value as it is. */
  get whole(): Secret {
    this.#whole ??= this.#secret(this.source.value, this.at.name, false);
    return this.#whole;
  }

  /** The same answer, confirmed by the store at a later moment. */
  confirmedAt(moment: Instant): SecretDocument {
    return new SecretDocument(this.at, this.source, moment, this.#provider);
  }

  asStale(): SecretDocument {
    this.#stale ??= new SecretDocument(this.at, this.source, this.fetchedAt, this.#provider, "stale");
    return this.#stale;
  }

  sameValue(other: SecretDocument): boolean {
    return this.whole.equals(other.whole);
  }

  /**
   * The part that is meant: the secret, a member of the bundle, a member of the secret's JSON object.
   *
   * @throws SecretsError `ERR_SECRETS_INVALID_VALUE`, `ERR_SECRETS_NOT_FOUND`, `ERR_SECRETS_INVALID_CONFIG`
   */
  view(at: StoreRef): Secret {
    if (at === this.at) return this.whole; // a member may be called what the bundle is called
    return this.#view(at).secret;
  }

  /** The same as a promise that is resolved, one for all who ask: making one would double the cost of a cached read. */
  promised(at: StoreRef): Promise<Secret> {
    return this.#view(at).promise;
  }

  #view(at: StoreRef): View {
    let view = this.#views.get(at.text);
    if (!view) {
      const secret = this.#made(at);
      view = { secret, promise: Promise.resolve(secret) };
      this.#views.set(at.text, view);
    }
    return view;
  }

  #made(at: StoreRef): Secret {
    const { name, bundle, key } = at;
    if (key !== undefined) {
      const members = bundle ? new JsonMembers(this.view({ ...at, key: undefined, text: name })) : this.#ownMembers();
      const shown = `${name}#${key}`;
      return this.#secret(members.text(key, shown), shown, bundle !== undefined);
    }
    return this.#secret(bundle ? this.#member(at) : this.source.value, name, bundle !== undefined);
  }

  #member({ name, bundle, ref }: StoreRef): string {
    const members = this.#ownMembers();
    const member = bundle?.memberOf(members, name);
    if (member !== undefined) return members.text(member, name);
    throw new SecretsError("ERR_SECRETS_NOT_FOUND", {
      hint: `The bundle ${ref.name} has no such member.`,
      secretName: name,
      provider: this.#provider,
    });
  }

  #ownMembers(): JsonMembers {
    this.#members ??= new JsonMembers(this.whole);
    return this.#members;
  }

  #secret(value: string | Uint8Array, name: string, isMember: boolean): Secret {
    const { version, activatedAt } = this.source;
    return secretOf(value, {
      name,
      provider: this.#provider,
      stage: this.at.ref.stage,
      ...(version === undefined ? {} : { version }),
      // When a bundle's version took its stage says nothing of one member.
      ...(activatedAt === undefined || isMember ? {} : { activatedAt }),
      fetchedAt: new Date(this.fetchedAt.wall),
      state: this.#state,
    });
  }
}
