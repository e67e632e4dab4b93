import { awsError } from "./aws-error.js";

/** `arn:<partition>:secretsmanager:<region>:<account>:secret:<name>`, with or without the six characters at the end. */
const arnPattern = /^arn:[^:]+:secretsmanager:([^:]+):\d{12}:secret:(.+)$/;
/**
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html#SecretsManager-CreateSecret-request-Name
 * and the "!" of secrets that other services of AWS manage, such as `rds!db-…`.
 */
const namePattern = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;

/** The region that an ARN names; `undefined` for a name, which is of the client's own region. */
export function regionOf(secretId: string): string | undefined {
  return arnPattern.exec(secretId)?.[1];
}

/** @throws SecretsError `ERR_SECRETS_INVALID_REF` for what the service has no secret by */
export function checkSecretId(secretId: string): void {
  if (namePattern.test(secretId) || arnPattern.test(secretId)) return;
  throw awsError(
    "ERR_SECRETS_INVALID_REF",
    "Secrets Manager has names of A-Z a-z 0-9 / _ + = . @ ! - and at most 512 of them, or ARNs of secrets.",
    secretId,
  );
}

/** How the service names a secret in its answers. */
export interface NamedByService {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
}

/**
 * Whether an answer is about the secret that was asked for. A partial ARN may be taken for another secret's whole one
 * when the name ends in a hyphen and six characters
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen).
 */
export function isAbout({ ARN, Name }: NamedByService, secretId: string): boolean {
  if (Name === secretId || ARN === secretId) return true;
  const rest = ARN?.startsWith(`${secretId}-`) ? ARN.slice(secretId.length) : undefined;
  return rest !== undefined && arnPattern.test(secretId) && /^-[A-Za-z0-9]{6}$/.test(rest);
}

/** Whether it is an ARN of a secret that is called so, whole or without the six characters at its end. */
export function hasName(arn: string, name: string): boolean {
  const named = arnPattern.exec(arn)?.[2];
  return (
    named === name || (named?.startsWith(`${name}-`) === true && /^-[A-Za-z0-9]{6}$/.test(named.slice(name.length)))
  );
}
