import { type Secret, secretOf } from "./secret.js";

/** A `Secret` for unit tests of code that takes one; it is as redacted as a real one. */
export function fakeSecret(value: string, name = "FAKE_SECRET"): Secret {
  return secretOf(value, { name, provider: "fake", stage: "current", fetchedAt: new Date(), state: "fresh" });
}
