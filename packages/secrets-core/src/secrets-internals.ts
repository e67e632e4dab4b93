import type { BackgroundRefresh } from "./background-refresh.js";
import type { Clock } from "./clock.js";
import type { Events } from "./events.js";
import type { FreshnessPolicy } from "./freshness.js";
import type { Secret } from "./secret.js";
import type { ParsedRef } from "./secret-ref.js";
import type { Secrets } from "./secrets.js";
import { SecretsError } from "./secrets-error.js";

/** What key rings need of a `Secrets` beyond its public methods. */
export interface SecretsInternals {
  readonly clock: Clock;
  readonly policy: FreshnessPolicy;
  readonly background: BackgroundRefresh;
  readonly events: Events;
  /** The store's answer to a question asked after this call, past every cache; `ttlMs` says when to ask again. */
  readNow(parsed: ParsedRef): Promise<{ readonly secret: Secret; readonly ttlMs: number }>;
  /** How long an answer of this provider may be used where there is none to ask, in milliseconds. */
  readonly providerTtlMs: number;
  /** The rings that hold each key, by a digest made with a key of this process: no key serves two purposes. */
  readonly keyOwners: Map<string, Set<{ readonly name: string }>>;
  /** Calls back with each secret that is held now or fetched from now on, in whole, before anyone else has it. */
  onSecret(listener: (secret: Secret) => void): () => void;
  /**
   * Calls back when the fetched value of one of these secrets, or of a bundle that holds one, differs from the one known
   * before, and when one is there that was not.
   */
  onChange(names: ReadonlySet<string>, listener: () => void): () => void;
  onClose(close: () => void): () => void;
}

const internals = Symbol.for("@qarion/secrets-core/internals");

export function setInternals(secrets: Secrets, value: SecretsInternals): void {
  Object.defineProperty(secrets, internals, { value });
}

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function internalsOf(secrets: Secrets): SecretsInternals {
  const value = (secrets as Secrets & { [internals]?: SecretsInternals })[internals];
  if (value) return value;
  throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "`secrets` must come from createSecrets()." });
}

/** The clock of a `Secrets`, for what keeps time with it. */
export function clockOf(secrets: Secrets): Clock {
  return internalsOf(secrets).clock;
}
