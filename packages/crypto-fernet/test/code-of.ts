import { CipherError, type CipherErrorCode } from "@qarion/secrets-core/keys";

/** The code of the `CipherError` that `attempt` throws, or "accepted"; any other error is not expected and goes on. */
export function codeOf(attempt: () => unknown): CipherErrorCode | "accepted" {
  return cipherErrorOf(attempt)?.code ?? "accepted";
}

/** The hint of the `CipherError` that `attempt` throws. */
export function hintOf(attempt: () => unknown): string | undefined {
  return cipherErrorOf(attempt)?.hint;
}

function cipherErrorOf(attempt: () => unknown): CipherError | undefined {
  try {
    attempt();
  } catch (error) {
    if (CipherError.is(error)) return error;
    throw error;
  }
  return undefined;
}
