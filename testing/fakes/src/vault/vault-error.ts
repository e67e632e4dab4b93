/** How a request is refused: the status, and what stands in `{"errors": [...]}`. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly status: number;
  readonly errors: readonly string[];

  constructor(status: number, ...errors: string[]) {
    super(`${status} ${errors.join("; ")}`);
    this.status = status;
    this.errors = errors;
  }
}

export function badRequest(message: string): VaultError {
  return new VaultError(400, message);
}

/** What is absent: 404 with no error in the list. */
export function notFound(): VaultError {
  return new VaultError(404);
}

/** Bare, as it stands where no policy was asked: no token, a login refused. */
export function permissionDenied(): VaultError {
  return new VaultError(403, "permission denied");
}

/** How the server's own library prints errors that it has gathered. */
export function gathered(...messages: string[]): string {
  const count = messages.length === 1 ? "1 error" : `${messages.length} errors`;
  return `${count} occurred:\n${messages.map((message) => `\t* ${message}\n`).join("")}\n`;
}

export function unsupportedOperation(): VaultError {
  return new VaultError(405, gathered("unsupported operation"));
}
