import { SecretsError, type SecretsErrorCode } from "@qarion/secrets-core/provider";

export const providerName = "aws";

/**
 * What each error of the service and of its client means, by its name. Statuses tell nothing here: a throttle, a denial
 * and a missing secret are all HTTP 400.
 *
 * The service's own: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors
 * and https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html. Those of STS, where the SDK gets its
 * credentials: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */
export const errorCodes = {
  ResourceNotFoundException: "ERR_SECRETS_NOT_FOUND",
  InvalidRequestException: "ERR_SECRETS_VERSION_DISABLED",
  InvalidParameterException: "ERR_SECRETS_INVALID_REF",
  ValidationException: "ERR_SECRETS_INVALID_REF",
  ValidationError: "ERR_SECRETS_INVALID_REF",
  AccessDeniedException: "ERR_SECRETS_ACCESS_DENIED",
  AccessDenied: "ERR_SECRETS_ACCESS_DENIED",
  NotAuthorized: "ERR_SECRETS_ACCESS_DENIED",
  DecryptionFailure: "ERR_SECRETS_ACCESS_DENIED",
  EncryptionFailure: "ERR_SECRETS_ACCESS_DENIED",
  ThrottlingException: "ERR_SECRETS_THROTTLED",
  Throttling: "ERR_SECRETS_THROTTLED",
  TooManyRequestsException: "ERR_SECRETS_THROTTLED",
  RequestLimitExceeded: "ERR_SECRETS_THROTTLED",
  LimitExceededException: "ERR_SECRETS_THROTTLED",
  InternalServiceError: "ERR_SECRETS_UNAVAILABLE",
  InternalFailure: "ERR_SECRETS_UNAVAILABLE",
  ServiceUnavailable: "ERR_SECRETS_UNAVAILABLE",
  ServiceUnavailableException: "ERR_SECRETS_UNAVAILABLE",
  RequestAbortedException: "ERR_SECRETS_UNAVAILABLE",
  RequestTimeoutException: "ERR_SECRETS_TIMEOUT",
  RequestEntityTooLargeException: "ERR_SECRETS_INVALID_VALUE",
  UnknownOperationException: "ERR_SECRETS_UNSUPPORTED",
  ExpiredTokenException: "ERR_SECRETS_UNAUTHENTICATED",
  ExpiredToken: "ERR_SECRETS_UNAUTHENTICATED",
  UnrecognizedClientException: "ERR_SECRETS_UNAUTHENTICATED",
  InvalidClientTokenId: "ERR_SECRETS_UNAUTHENTICATED",
  InvalidSignatureException: "ERR_SECRETS_UNAUTHENTICATED",
  SignatureDoesNotMatch: "ERR_SECRETS_UNAUTHENTICATED",
  IncompleteSignature: "ERR_SECRETS_UNAUTHENTICATED",
  IncompleteSignatureException: "ERR_SECRETS_UNAUTHENTICATED",
  MissingAuthenticationToken: "ERR_SECRETS_UNAUTHENTICATED",
  MissingAuthenticationTokenException: "ERR_SECRETS_UNAUTHENTICATED",
  RequestExpired: "ERR_SECRETS_UNAUTHENTICATED",
  OptInRequired: "ERR_SECRETS_UNAUTHENTICATED",
  CredentialsProviderError: "ERR_SECRETS_UNAUTHENTICATED",
  TokenProviderError: "ERR_SECRETS_UNAUTHENTICATED",
  InvalidIdentityTokenException: "ERR_SECRETS_UNAUTHENTICATED",
  IDPRejectedClaimException: "ERR_SECRETS_UNAUTHENTICATED",
  IDPCommunicationErrorException: "ERR_SECRETS_UNAUTHENTICATED",
} as const satisfies Readonly<Record<string, SecretsErrorCode>>;

/** An error that a batch told of one secret, as a single read would have thrown it. */
export class BatchItemError extends Error {
  constructor(name: string) {
    super("the service told this of one secret in a batch");
    this.name = name;
  }
}

/** The code of an error of the SDK; `undefined` for sockets, DNS and aborts, which core knows. */
export function classifyAwsError(raw: unknown): SecretsErrorCode | undefined {
  const name = property(raw, "name");
  if (typeof name === "string" && Object.hasOwn(errorCodes, name)) return errorCodes[name as keyof typeof errorCodes];
  const code = property(raw, "code");
  if (typeof code === "string" && /^E[A-Z]+$/.test(code)) return undefined; // of a socket
  const status = property(property(raw, "$metadata"), "httpStatusCode");
  if (typeof status === "number" && status >= 500) return "ERR_SECRETS_UNAVAILABLE";
  // What is not JSON is no answer of the service: a proxy's page stands in front of it.
  return typeof status === "number" && name === "SyntaxError" ? "ERR_SECRETS_UNAVAILABLE" : undefined;
}

/** What is thrown may be anything, and reading it must not throw again. */
function property(of: unknown, name: string): unknown {
  if (typeof of !== "object" || of === null) return undefined;
  try {
    return Reflect.get(of, name);
  } catch {
    return undefined;
  }
}

/** An error of this provider's own. */
export function awsError(code: SecretsErrorCode, hint?: string, secretName?: string): SecretsError {
  return new SecretsError(code, {
    provider: providerName,
    ...(hint === undefined ? {} : { hint }),
    ...(secretName === undefined ? {} : { secretName }),
  });
}
