import { parseDuration } from "./go-time.js";
import type { Fields } from "./logical.js";
import { badRequest, type VaultError } from "./vault-error.js";

// Vault converts what it is given to the type that a field has, weakly: "3" is an int, "a,b" a list.

export function invalidField(name: string, reason: string): VaultError {
  return badRequest(`Field validation failed: error converting input for field ${JSON.stringify(name)}: ${reason}`);
}

export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined || value === null) return "";
  if (typeof value === "object") throw invalidField(name, "expected type 'string'");
  return String(value);
}

export function intField(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number)) throw invalidField(name, "expected type 'int'");
  return number;
}

export function boolField(fields: Fields, name: string): boolean | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (value === true || value === "true" || value === 1 || value === "1") return true;
  if (value === false || value === "false" || value === 0 || value === "0") return false;
  throw invalidField(name, "expected type 'bool'");
}

export function mapField(fields: Fields, name: string): Fields | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) throw invalidField(name, "expected a map");
  return value as Fields;
}

/** In milliseconds. */
export function durationField(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) throw invalidField(name, "not a duration");
  return ms;
}

/** A list, or text with commas. */
export function listField(fields: Fields, name: string): readonly string[] | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const items = Array.isArray(value) ? value : String(value).split(",");
  return items.map((item) => String(item).trim()).filter((item) => item !== "");
}

/** Version numbers. */
export function intsField(fields: Fields, name: string): readonly number[] {
  return (listField(fields, name) ?? []).map((item) => {
    if (!/^-?\d+$/.test(item)) throw invalidField(name, "expected type 'int'");
    return Number(item);
  });
}
