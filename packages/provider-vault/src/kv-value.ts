import { jsonObject } from "./json-text.js";
import { vaultError } from "./vault-error.js";

// A secret of KV is a map of names to values, and a secret of this library is one value. So a single value is kept
// under one name, and any other map is its JSON text, of which core reads members by `name#key`.

/** Where a single value is kept. */
const valueName = "value";
/** Beside a value that is the base64 of bytes. */
const encodingName = "encoding";
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

interface KvValueOptions {
  /** The map is a bundle: its JSON text in any case. */
  readonly asBundle: boolean;
}

/**
 * The value of a map.
 *
 * @param map its JSON text
 * @throws SecretsError `ERR_SECRETS_INVALID_VALUE` for bytes that are not in base64
 */
export function valueOfMap(map: string, { asBundle }: KvValueOptions): string | Uint8Array {
  const data = asBundle ? {} : (jsonObject(map) ?? {});
  const names = Object.keys(data);
  const value = data[valueName];
  if (typeof value !== "string" || names.length > 2) return map;
  if (names.length === 1) return value;
  if (data[encodingName] !== "base64") return map;
  if (base64.test(value)) return Buffer.from(value, "base64");
  throw invalid("It says that it is base64 and is not.");
}

/**
 * The JSON text of the map that keeps a value.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_VALUE` for a bundle that is no JSON object, for text that is no Unicode
 */
export function mapOfValue(value: string | Uint8Array, { asBundle }: KvValueOptions): string {
  if (asBundle) return bundleOf(value);
  if (typeof value !== "string") {
    return JSON.stringify({ [valueName]: Buffer.from(value).toString("base64"), [encodingName]: "base64" });
  }
  if (!value.isWellFormed()) throw invalid("The text holds half of a surrogate pair: give bytes instead.");
  return JSON.stringify({ [valueName]: value });
}

function bundleOf(value: string | Uint8Array): string {
  const text = typeof value === "string" ? value : Buffer.from(value).toString("utf8");
  if (jsonObject(text)) return text;
  throw invalid("A bundle is written as the JSON text of an object."); // without the parser's error, which quotes it
}

function invalid(hint: string) {
  return vaultError("ERR_SECRETS_INVALID_VALUE", { hint });
}
