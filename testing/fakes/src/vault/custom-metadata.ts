import type { Fields } from "./logical.js";
import { badRequest } from "./vault-error.js";

const MAX_KEYS = 64;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 512;

/** `custom_metadata` of a KV v2 secret: text to text, within the limits of the service. */
export function customMetadata(given: Fields): Readonly<Record<string, string>> {
  const entries = Object.entries(given);
  if (entries.length > MAX_KEYS) {
    throw invalid(`payload must contain at most ${MAX_KEYS} keys, provided ${entries.length}`);
  }
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (typeof value === "object") throw invalid(`'${key}' expected type 'string'`);
      const text = String(value);
      if (key.length < 1 || key.length > MAX_KEY_LENGTH) {
        throw invalid(
          `length of key ${JSON.stringify(key)} is ${key.length} but must be 0 < len(key) <= ${MAX_KEY_LENGTH}`,
        );
      }
      if (text.length < 1 || text.length > MAX_VALUE_LENGTH) {
        const of = `length of value for key ${JSON.stringify(key)}`;
        throw invalid(`${of} is ${text.length} but must be 0 < len(value) <= ${MAX_VALUE_LENGTH}`);
      }
      return [key, text];
    }),
  );
}

function invalid(reason: string) {
  return badRequest(`custom_metadata validation failed: ${reason}`);
}
