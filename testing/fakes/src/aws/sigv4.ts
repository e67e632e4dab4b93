import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AwsError } from "./aws-error.js";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/**
 * Checks who calls, as the service does before all else.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @throws AwsError MissingAuthenticationTokenException, UnrecognizedClientException for another access key,
 * InvalidSignatureException for a signature made with another secret key, for another region or over another body
 */
export function checkSignature(
  request: IncomingMessage,
  body: Buffer,
  { accessKeyId, secretAccessKey, region }: AwsCredentials & { readonly region: string },
): void {
  const [, keyId, date, signedRegion, service, signedHeaders, signature] =
    HEADER.exec(request.headers.authorization ?? "") ?? [];
  if (keyId === undefined || date === undefined || signedHeaders === undefined || signature === undefined) {
    throw new AwsError("MissingAuthenticationTokenException");
  }
  if (keyId !== accessKeyId) throw new AwsError("UnrecognizedClientException");
  if (signedRegion !== region) {
    throw new AwsError("InvalidSignatureException", "Credential should be scoped to a valid region. ");
  }
  if (service !== "secretsmanager") {
    throw new AwsError(
      "InvalidSignatureException",
      "Credential should be scoped to correct service: 'secretsmanager'. ",
    );
  }

  const headers = signedHeaders.split(";").map((name) => `${name}:${String(request.headers[name] ?? "").trim()}\n`);
  const canonical = [request.method, request.url, "", headers.join(""), signedHeaders, sha256(body)].join("\n");
  const scope = [date, region, service, "aws4_request"];
  const toSign = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex")))
    throw new AwsError("InvalidSignatureException");
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
