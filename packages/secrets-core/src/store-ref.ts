import type { Bundle } from "./bundle.js";
import type { ProviderRef } from "./provider.js";
import { SecretsError } from "./secrets-error.js";

/** Where in the store something lies that was asked for: the document that is fetched and cached, and what of it. */
export interface StoreRef {
  /** The document, by the store's own name. */
  readonly ref: ProviderRef;
  /** Distinct for every distinct document. */
  readonly cacheKey: string;
  /** The secret's name as users know it. */
  readonly name: string;
  /** The secret is a member of this bundle. */
  readonly bundle: Bundle | undefined;
  /** A member of the secret's own JSON object. */
  readonly key: string | undefined;
  /** The reference as users write it. Within one document it is distinct for every distinct part. */
  readonly text: string;
}

/** The whole document in which this lies. */
export function wholeOf({ ref, cacheKey, name, bundle }: StoreRef): StoreRef {
  const shown = bundle ? ref.name : name;
  const stage = ref.stage === "current" ? "" : `@${ref.stage}`;
  const selector = ref.version === undefined ? stage : `@v=${ref.version}`;
  return { ref, cacheKey, name: shown, bundle: undefined, key: undefined, text: `${shown}${selector}` };
}

/** A failure to reach this, told of the secret by the name that users know. */
export function namedAsAsked(error: unknown, { ref, name, bundle }: StoreRef): unknown {
  if (!SecretsError.is(error) || bundle || error.secretName !== ref.name || ref.name === name) return error;
  return new SecretsError(error.code, {
    secretName: name,
    hint: `${error.hint ?? ""} The store knows it as ${ref.name}.`.trimStart(),
    ...(error.provider === undefined ? {} : { provider: error.provider }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}
