import type { SecretsError, SecretsErrorCode } from "@qarion/secrets-core";
import { envError } from "./env-error.js";

/** The most that Kubernetes keeps in a Secret: https://kubernetes.io/docs/concepts/configuration/secret/ */
export const maxFileBytes = 1024 * 1024;

/** Why a file could not be read, told apart as far as what to do about it differs. */
export type FileFailureReason =
  | "missing"
  | "no-such-path"
  | "not-a-file"
  | "denied"
  | "too-large"
  | "changing"
  | "failing";

const reasonOfErrno: Readonly<Record<string, FileFailureReason>> = {
  ENOENT: "missing",
  ENOTDIR: "no-such-path",
  ENAMETOOLONG: "no-such-path",
  ERR_INVALID_ARG_VALUE: "no-such-path", // a NUL byte in the path
  EISDIR: "not-a-file",
  ELOOP: "not-a-file",
  ENXIO: "not-a-file", // a socket
  ENODEV: "not-a-file",
  EACCES: "denied",
  EPERM: "denied",
};

const answers: Readonly<Record<FileFailureReason, { code: SecretsErrorCode; hint: string }>> = {
  missing: { code: "ERR_SECRETS_INVALID_CONFIG", hint: "does not exist. Create it, or correct the path." },
  "no-such-path": {
    code: "ERR_SECRETS_INVALID_CONFIG",
    hint: "has a path that cannot exist: a part of it is no folder or is too long. Correct the path.",
  },
  "not-a-file": {
    code: "ERR_SECRETS_INVALID_CONFIG",
    hint: "is not a regular file, nor a link that leads to one. Put a file there, or correct the path.",
  },
  denied: {
    code: "ERR_SECRETS_ACCESS_DENIED",
    hint: "may not be read by this process. Grant its user the right to read the file and to enter its folders.",
  },
  "too-large": {
    code: "ERR_SECRETS_INVALID_VALUE",
    hint: `is larger than ${maxFileBytes} bytes, the most that is read. Check that it is the file that was meant.`,
  },
  changing: {
    code: "ERR_SECRETS_UNAVAILABLE",
    hint: "was being written each time it was read. Replace it by renaming a complete file over it.",
  },
  failing: { code: "ERR_SECRETS_UNAVAILABLE", hint: "could not be read: the system failed. The cause has its code." },
};

/** A file that could not be read. It stays inside this package: `cause` is the raw error, which names the path. */
export class FileFailure extends Error {
  readonly reason: FileFailureReason;

  constructor(reason: FileFailureReason, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }

  /** What the caller is told. `subject` opens the sentence; it names a variable or a configured file, never a path. */
  about(subject: string): SecretsError {
    const { code, hint } = answers[this.reason];
    return envError(code, `${subject} ${hint}`, this.cause);
  }
}

/** Any error of `node:fs` as a `FileFailure`. */
export function toFileFailure(raw: unknown): FileFailure {
  if (raw instanceof FileFailure) return raw;
  const code = (raw as NodeJS.ErrnoException | undefined)?.code ?? "";
  return new FileFailure(Object.hasOwn(reasonOfErrno, code) ? (reasonOfErrno[code] ?? "failing") : "failing", raw);
}
