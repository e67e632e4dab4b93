import { readProperty } from "./read-property.js";

/** Every way in which a secret can fail to be had, as a stable code. */
export type SecretsErrorCode = `ERR_SECRETS_${
  | "NOT_FOUND"
  | "ACCESS_DENIED"
  | "VERSION_DISABLED"
  | "INTEGRITY"
  | "THROTTLED"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "ABORTED"
  | "UNAUTHENTICATED"
  | "INVALID_REF"
  | "INVALID_VALUE"
  | "INVALID_CONFIG"
  | "UNSUPPORTED"
  | "PROVIDER_UNKNOWN"
  | "PROVIDER_NOT_INSTALLED"
  | "CLOSED"
  | "UNKNOWN"}`;

interface CodeFacts {
  readonly message: string;
  readonly hint: string;
  /** An outage: the store could not be asked, so the last good value may stand in. */
  readonly retryable: boolean;
}

const facts: Readonly<Record<SecretsErrorCode, CodeFacts>> = {
  ERR_SECRETS_NOT_FOUND: {
    message: "not found",
    hint: "Create it in the store, or check the name, the prefix and the stage.",
    retryable: false,
  },
  ERR_SECRETS_ACCESS_DENIED: {
    message: "access denied",
    hint: "The store knows who is asking and refuses: grant this identity the right to read this secret.",
    retryable: false,
  },
  ERR_SECRETS_VERSION_DISABLED: {
    message: "the version is disabled, destroyed or marked for deletion",
    hint: "Enable or restore the version, or store a new one.",
    retryable: false,
  },
  ERR_SECRETS_INTEGRITY: {
    message: "the checksum of the value is wrong",
    hint: "The value was damaged on its way here. If this goes on, look at the proxy or network between.",
    retryable: true,
  },
  ERR_SECRETS_THROTTLED: {
    message: "the store is throttling",
    hint: "Raise the cache's ttlMs, or ask for a higher quota.",
    retryable: true,
  },
  ERR_SECRETS_UNAVAILABLE: {
    message: "the store cannot be reached or is failing",
    hint: "Check the network, the endpoint and the store's status.",
    retryable: true,
  },
  ERR_SECRETS_TIMEOUT: {
    message: "the store did not answer in time",
    hint: "Check the network to the store, or raise timeoutMs.",
    retryable: true,
  },
  ERR_SECRETS_ABORTED: { message: "aborted by the caller", hint: "The caller's signal was aborted.", retryable: false },
  ERR_SECRETS_UNAUTHENTICATED: {
    message: "the store does not accept this service's own credentials",
    hint: "Renew or configure the credentials with which this service signs in to the store.",
    retryable: true,
  },
  ERR_SECRETS_INVALID_REF: {
    message: "the reference is not valid",
    hint: 'Write "name[#key][@current|@previous|@pending|@v=<version>]".',
    retryable: false,
  },
  ERR_SECRETS_INVALID_VALUE: {
    message: "the value is not valid",
    hint: "Store a valid value under this name.",
    retryable: false,
  },
  ERR_SECRETS_INVALID_CONFIG: {
    message: "the configuration is not valid",
    hint: "Correct the configuration.",
    retryable: false,
  },
  ERR_SECRETS_UNSUPPORTED: {
    message: "the provider does not support this",
    hint: "Use a provider that can do this, or leave it out.",
    retryable: false,
  },
  ERR_SECRETS_PROVIDER_UNKNOWN: {
    message: "no such provider",
    hint: "Set SECRET_PROVIDER to a known provider, or list its plugin.",
    retryable: false,
  },
  ERR_SECRETS_PROVIDER_NOT_INSTALLED: {
    message: "the provider's package is not installed",
    hint: "Install the provider's package.",
    retryable: false,
  },
  ERR_SECRETS_CLOSED: {
    message: "closed",
    hint: "This object was closed; create a new one.",
    retryable: false,
  },
  ERR_SECRETS_UNKNOWN: {
    message: "the provider failed in a way it does not classify",
    hint: "The cause names the error; the provider's classifyError should know it.",
    retryable: false,
  },
};

const brand = Symbol.for("@qarion/secrets-core/SecretsError");

/**
 * The one error of this library. `code` is stable and safe to branch on; the message holds names and never a value.
 * `cause` is a new `Error` with an allow-list of facts (name, code, status, request id), since the raw errors of SDKs
 * hold headers, tokens and bodies.
 */
export class SecretsError extends Error {
  readonly code: SecretsErrorCode;
  /** The store could not be asked (an outage): the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  declare readonly secretName?: string;
  declare readonly provider?: string;
  /** What to do about it. */
  declare readonly hint?: string;

  constructor(
    code: SecretsErrorCode,
    options: { hint?: string; cause?: unknown; secretName?: string; provider?: string } = {},
  ) {
    // Untyped code, or a newer copy of this package, may hand in a code that is not known here.
    const known = Object.hasOwn(facts, code) ? code : "ERR_SECRETS_UNKNOWN";
    const { message, hint: usualHint, retryable } = facts[known];
    const hint = options.hint ?? usualHint;
    super(
      [
        options.secretName === undefined ? undefined : `secret ${quoted(options.secretName)}`,
        options.provider === undefined ? undefined : `provider ${quoted(options.provider)}`,
        `${message}. ${hint}`,
      ]
        .filter((part) => part !== undefined)
        .join(": "),
      options.cause === undefined ? undefined : { cause: safeCause(options.cause) },
    );
    this.code = known;
    this.retryable = retryable;
    this.hint = hint;
    if (options.secretName !== undefined) this.secretName = options.secretName;
    if (options.provider !== undefined) this.provider = options.provider;
  }

  override get name(): string {
    return "SecretsError";
  }

  /** On the prototype, so that it is neither listed nor copied; `is` reads it. */
  get [brand](): true {
    return true;
  }

  /** Whether it is a `SecretsError`, of this copy of the package or of any other (ESM beside CJS). */
  static is(x: unknown): x is SecretsError {
    return readProperty(x, brand) === true;
  }
}

/** Names are short and printable by the rules of references; what is not is shown cut and escaped. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

/** What classes of errors are called. Looser shapes would let pass what only looks like a name: keys and tokens do. */
const errorName = /^(?:Error|[A-Z][A-Za-z0-9]{0,59}(?:Error|Exception|Failure|Fault|Expired|Denied))$/;
/** Node's and undici's codes, SQLSTATEs, numbers of gRPC and HTTP, and classes of errors. */
const errorCode =
  /^(?:E[A-Z][A-Z0-9_]{1,62}|UND_ERR_[A-Z_]{1,50}|[A-Z0-9]{5}|-?\d{1,5}|[A-Z][A-Za-z]{2,59}(?:Error|Exception|Failure|Fault))$/;

/** Of those, what no member of an answer's body would look like by chance. */
const ownErrorCode = /^(?:E[A-Z]{3,20}|[A-Z][A-Za-z]{2,59}(?:Error|Exception|Failure|Fault))$/;

/**
 * A new `Error` that tells of another only what cannot hold a secret: its name, its code, an HTTP status and the
 * store's request id, each only in the shape that such a fact has.
 */
export function safeCause(raw: unknown): Error {
  if (SecretsError.is(raw)) return raw;
  const name = shaped(readProperty(raw, "name"), errorName);
  const metadata = readProperty(raw, "$metadata");
  const answered = readProperty(metadata, "httpStatusCode") !== undefined;
  // The AWS SDK copies members of an answer's body onto its errors: beside an answer only what it says of itself counts.
  const code = shaped(readProperty(raw, "code"), answered ? ownErrorCode : errorCode);
  const status = shaped(
    readProperty(metadata, "httpStatusCode") ?? readProperty(raw, "status") ?? readProperty(raw, "statusCode"),
    /^\d{3}$/,
  );
  const requestId = shaped(
    readProperty(answered ? metadata : raw, "requestId") ?? readProperty(metadata, "requestId"),
    /^[A-Za-z0-9-]{8,64}$/,
  );
  const told = [
    name ?? "Error",
    code && `code ${code}`,
    status && `status ${status}`,
    requestId && `request ${requestId}`,
  ];
  const cause = new Error(told.filter(Boolean).join(", "));
  if (name !== undefined) Object.defineProperty(cause, "name", { value: name, configurable: true, writable: true });
  // The stack of this copy would name this file and its message; the place of the original may hold a value.
  Object.defineProperty(cause, "stack", {
    value: `${cause.name}: ${cause.message}`,
    configurable: true,
    writable: true,
  });
  return Object.assign(
    cause,
    code === undefined ? {} : { code },
    status === undefined ? {} : { status: Number(status) },
    requestId === undefined ? {} : { requestId },
  );
}

function shaped(fact: unknown, shape: RegExp): string | undefined {
  if (typeof fact !== "string" && typeof fact !== "number") return undefined;
  const text = String(fact);
  return shape.test(text) ? text : undefined;
}
