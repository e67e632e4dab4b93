import { SecretsError, type SecretsErrorCode } from "@qarion/secrets-core/provider";

export const providerName = "gcp";

/**
 * What each status of the service means, by its name in gRPC. ALREADY_EXISTS and OUT_OF_RANGE have none: no read is
 * answered with them.
 *
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
export const errorCodes = {
  NOT_FOUND: "ERR_SECRETS_NOT_FOUND",
  PERMISSION_DENIED: "ERR_SECRETS_ACCESS_DENIED",
  FAILED_PRECONDITION: "ERR_SECRETS_VERSION_DISABLED",
  INVALID_ARGUMENT: "ERR_SECRETS_INVALID_REF",
  UNAUTHENTICATED: "ERR_SECRETS_UNAUTHENTICATED",
  RESOURCE_EXHAUSTED: "ERR_SECRETS_THROTTLED",
  DEADLINE_EXCEEDED: "ERR_SECRETS_TIMEOUT",
  DATA_LOSS: "ERR_SECRETS_INTEGRITY",
  UNAVAILABLE: "ERR_SECRETS_UNAVAILABLE",
  INTERNAL: "ERR_SECRETS_UNAVAILABLE",
  UNKNOWN: "ERR_SECRETS_UNAVAILABLE",
  ABORTED: "ERR_SECRETS_UNAVAILABLE",
  CANCELLED: "ERR_SECRETS_UNAVAILABLE", // by a proxy or the service: what the caller aborts has ended before
  UNIMPLEMENTED: "ERR_SECRETS_UNAVAILABLE", // also what gRPC makes of a proxy's page with status 404
} as const satisfies Readonly<Record<string, SecretsErrorCode>>;

/** The numbers of gRPC, each at its place. */
const statuses = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

type GcpStatus = (typeof statuses)[number];

/**
 * What HTTP says alone, without the service's JSON. 404 is no NOT_FOUND then: a proxy's page must not make a secret
 * vanish.
 */
const httpStatuses: Readonly<Record<number, GcpStatus>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "UNIMPLEMENTED",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  504: "DEADLINE_EXCEEDED",
};

/** The status of an error of the client, over gRPC or REST; `undefined` for sockets, DNS and all else. */
export function statusOf(raw: unknown): GcpStatus | undefined {
  const [code, http] = [property(raw, "code"), property(raw, "httpStatusCode")];
  if (typeof code !== "number" && typeof http !== "number") return undefined;
  if (isOfSignIn(raw)) return "UNAUTHENTICATED";
  // FAILED_PRECONDITION and INVALID_ARGUMENT are both HTTP 400, and a 404 may be a proxy's: what the service says counts.
  const told = restStatus(property(raw, "message")) ?? restStatus(property(raw, restAnswer));
  if (told !== undefined) return told;
  const isGuessed = property(raw, restAnswer) !== undefined || property(raw, "details") === undefined;
  if (typeof http === "number" && isGuessed) return statusOfHttp(http);
  return typeof code === "number" ? (statuses[code] ?? statusOfHttp(code)) : undefined;
}

/** Where client 7 keeps an answer over REST; with client 6 it is the message. */
const restAnswer = Symbol.for("google-gax.rawHttpResponsePayload");

/** The status in an answer of the service over REST, `{ "error": { "status": … } }`. */
function restStatus(answer: unknown): GcpStatus | undefined {
  const told = property(property(typeof answer === "string" ? parsed(answer) : answer, "error"), "status");
  return statuses.find((status) => status === told);
}

function statusOfHttp(code: number): GcpStatus | undefined {
  return httpStatuses[code] ?? (code >= 500 && code < 600 ? "UNAVAILABLE" : undefined);
}

/** The code of an error of the client; `undefined` leaves it to core. */
export function classifyGcpError(raw: unknown): SecretsErrorCode | undefined {
  if (property(raw, "message") === "The client has already been closed.") return "ERR_SECRETS_CLOSED";
  const status = statusOf(raw);
  return status !== undefined && Object.hasOwn(errorCodes, status)
    ? errorCodes[status as keyof typeof errorCodes]
    : undefined;
}

/** Whether no token was to be had: the call itself was never made, and the code is the token server's. */
function isOfSignIn(raw: unknown): boolean {
  const details = property(raw, "details");
  if (typeof details === "string" && details.startsWith("Getting metadata from plugin failed")) return true;
  return [raw, property(raw, "cause")].some((error) => {
    const url = property(property(error, "config"), "url");
    return url !== undefined && !String(url).includes("/v1/projects/");
  });
}

function parsed(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is thrown may be anything, and reading it must not throw again. */
function property(of: unknown, name: PropertyKey): unknown {
  if (typeof of !== "object" || of === null) return undefined;
  try {
    return Reflect.get(of, name);
  } catch {
    return undefined;
  }
}

interface Facts {
  readonly hint?: string;
  readonly secretName?: string;
  readonly cause?: unknown;
}

/** An error of this provider's own. */
export function gcpError(code: SecretsErrorCode, facts: Facts = {}): SecretsError {
  return new SecretsError(code, { provider: providerName, ...facts });
}
