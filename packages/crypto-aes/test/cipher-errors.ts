import { CipherError, type CipherErrorCode } from "@qarion/secrets-core/keys";
import { expect } from "vitest";

/** What `run` throws. It fails the test when nothing is thrown, or anything but a `CipherError`. */
export function errorOf(run: () => unknown): CipherError {
  try {
    run();
  } catch (error) {
    if (CipherError.is(error)) return error;
    throw new Error("something other than a CipherError was thrown", { cause: error });
  }
  return expect.fail("nothing was thrown");
}

export function codeOf(run: () => unknown): CipherErrorCode {
  return errorOf(run).code;
}
