import { randomUUID } from "node:crypto";
import type { HttpAnswer } from "../faults/index.js";

/** The errors of the service and of the front that all of AWS share, with what they say when nobody says more. */
const MESSAGES = {
  AccessDeniedException: "Access to KMS is not allowed",
  DecryptionFailure: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  EncryptionFailure: "Secrets Manager can't encrypt the protected secret text using the provided KMS key.",
  ExpiredTokenException: "The security token included in the request is expired",
  InternalServiceError: "An error occurred on the server side.",
  InvalidNextTokenException: "The NextToken value is invalid.",
  InvalidParameterException: "The parameter name or value is invalid.",
  InvalidRequestException: "You can't perform this operation on the secret because it was marked for deletion.",
  InvalidSignatureException:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  LimitExceededException: "The request failed because it would exceed one of the Secrets Manager quotas.",
  MissingAuthenticationTokenException: "Missing Authentication Token",
  ResourceExistsException: "A resource with the ID you requested already exists.",
  ResourceNotFoundException: "Secrets Manager can't find the specified secret.",
  SerializationException: "The request could not be parsed.",
  ServiceUnavailable: "The service is unavailable.",
  ThrottlingException: "Rate exceeded",
  UnknownOperationException: "The operation is unknown.",
  UnrecognizedClientException: "The security token included in the request is invalid.",
  ValidationException: "The input fails to satisfy the constraints specified by an AWS service.",
} as const;

export type AwsErrorName = keyof typeof MESSAGES;

// All else is HTTP 400, what is denied, throttled or not found too.
const STATUSES: Partial<Record<AwsErrorName, number>> = { InternalServiceError: 500, ServiceUnavailable: 503 };

// The shapes of the service's own model write "Message", the front writes "message".
const FRONT =
  /^(ExpiredToken|InvalidSignature|MissingAuth|Serialization|Throttling|UnknownOp|UnrecognizedClient|Validation)/;

/** How an operation refuses. */
export class AwsError extends Error {
  override readonly name: AwsErrorName;

  constructor(name: AwsErrorName, message: string = MESSAGES[name]) {
    super(message);
    this.name = name;
  }
}

/** The answer that an error is, for the protocol and for a fault. */
export function errorAnswer({ name, message }: AwsError): HttpAnswer {
  return jsonAnswer(STATUSES[name] ?? 400, { __type: name, [FRONT.test(name) ? "message" : "Message"]: message });
}

export function jsonAnswer(status: number, body: object): HttpAnswer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() },
    body: JSON.stringify(body),
  };
}
