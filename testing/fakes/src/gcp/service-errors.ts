import { randomBytes } from "node:crypto";
import { RpcError } from "./rpc-error.js";

// What the service says, as recorded from it in bug reports and captures; where nothing was found, a sentence in its manner.

const SERVICE = "secretmanager.googleapis.com";
const EXPECTED_CREDENTIAL =
  "Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";

export function invalidArgument(message = "Request contains an invalid argument."): RpcError {
  return new RpcError("INVALID_ARGUMENT", message);
}

/** A name in another form than this endpoint takes, which is also what a regional name on the global endpoint meets. */
export function malformedName(what: "Project" | "Secret" | "Secret Version", name: string, format: string): RpcError {
  return invalidArgument(`The provided ${what} ID [${name}] does not match the expected format [${format}]`);
}

export function secretNotFound(name: string): RpcError {
  return new RpcError("NOT_FOUND", `Secret [${name}] not found.`);
}

/** What `latest` of a secret without versions meets. */
export function nothingLatest(name: string): RpcError {
  return new RpcError("NOT_FOUND", `Secret [${name}] not found or has no versions.`);
}

export function versionNotFound(name: string): RpcError {
  return new RpcError("NOT_FOUND", `Secret Version [${name}] not found.`);
}

export function aliasNotFound(secret: string, alias: string): RpcError {
  return new RpcError("NOT_FOUND", `Secret [${secret}] has no alias [${alias}]`);
}

export function secretExists(name: string): RpcError {
  return new RpcError("ALREADY_EXISTS", `Secret [${name}] already exists.`);
}

export function notEnabled(version: string, state: string): RpcError {
  return new RpcError("FAILED_PRECONDITION", `Secret Version [${version}] is in ${state} state.`);
}

export function alreadyDestroyed(): RpcError {
  return new RpcError("FAILED_PRECONDITION", "SecretVersion.state is already DESTROYED.");
}

export function destructionScheduled(): RpcError {
  return new RpcError("FAILED_PRECONDITION", "SecretVersion is already scheduled for DESTRUCTION.");
}

export function etagMismatch(): RpcError {
  return new RpcError(
    "FAILED_PRECONDITION",
    "The etag provided in the request does not match the resource's current etag. Please retry the whole read-modify-write with exponential backoff.",
  );
}

/** Also for what does not exist: who lacks the permission does not learn which. */
export function permissionDenied(permission: string, resource: string): RpcError {
  const errorId = randomBytes(8).toString("hex");
  return new RpcError(
    "PERMISSION_DENIED",
    `Permission '${permission}' denied on resource (or it may not exist). Remediate access with this Troubleshooter URL or share it with your administrator - https://console.cloud.google.com/iam-admin/troubleshooter/summary;errorId=${errorId} .`,
    { reason: "IAM_PERMISSION_DENIED", domain: "iam.googleapis.com", metadata: { permission, resource } },
  );
}

/** A project that is not there, or that the caller may not use. */
export function projectDenied(project: string): RpcError {
  return new RpcError("PERMISSION_DENIED", `Permission denied on resource project ${project}.`, {
    reason: "CONSUMER_INVALID",
    domain: "googleapis.com",
    metadata: { service: SERVICE, consumer: `projects/${project}`, containerInfo: project },
  });
}

export function credentialsMissing(method: string): RpcError {
  return new RpcError(
    "UNAUTHENTICATED",
    `Request is missing required authentication credential. ${EXPECTED_CREDENTIAL}`,
    {
      reason: "CREDENTIALS_MISSING",
      domain: "googleapis.com",
      metadata: { service: SERVICE, method: `google.cloud.secretmanager.v1.SecretManagerService.${method}` },
    },
  );
}

export function credentialsInvalid(): RpcError {
  return new RpcError("UNAUTHENTICATED", `Request had invalid authentication credentials. ${EXPECTED_CREDENTIAL}`);
}

export function quotaExceeded(kind: "access" | "read" | "write", limit: number, projectNumber: string): RpcError {
  const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return new RpcError(
    "RESOURCE_EXHAUSTED",
    `Quota exceeded for quota metric '${name} requests' and limit '${name} requests per minute' of service '${SERVICE}' for consumer 'project_number:${projectNumber}'.`,
    {
      reason: "RATE_LIMIT_EXCEEDED",
      domain: "googleapis.com",
      metadata: {
        service: SERVICE,
        consumer: `projects/${projectNumber}`,
        quota_metric: `${SERVICE}/${kind}_requests`,
        quota_limit: `${name}RequestsPerMinutePerProject`,
        quota_limit_value: String(limit),
      },
    },
  );
}

/** What the service can do and this fake does not: refused aloud rather than dropped. */
export function notModelled(what: string): RpcError {
  return new RpcError("UNIMPLEMENTED", `the fake does not model ${what}`);
}
