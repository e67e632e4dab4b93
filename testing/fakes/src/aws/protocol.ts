import type { IncomingMessage } from "node:http";
import { AwsError } from "./aws-error.js";

const TARGET = /^secretsmanager\.(\w+)$/;

/** One request of the protocol awsJson1_1. */
export interface AwsRequest {
  readonly operation: string;
  /** The JSON of the body; a body that is no JSON is for the operation to refuse, after the caller is known. */
  readonly input: unknown;
}

export function decodeRequest({ headers, method }: IncomingMessage, body: Buffer): AwsRequest {
  const [, operation] = TARGET.exec(String(headers["x-amz-target"] ?? "")) ?? [];
  if (method !== "POST" || operation === undefined) return { operation: "Unknown", input: undefined };
  return { operation, input: parsed(body) };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What an operation answers that this fake does not have, or that nobody has. */
export function unknownOperation(operation: string): AwsError {
  return new AwsError("UnknownOperationException", `This fake of Secrets Manager has no operation ${operation}.`);
}
