import type { SecretInput, TimestampMessage } from "./messages.js";

// The JSON form of the messages: https://protobuf.dev/programming-guides/json/

const STATES: Readonly<Record<string, number>> = { ENABLED: 1, DISABLED: 2, DESTROYED: 3 };
const MAPS = ["labels", "annotations", "versionAliases"];

export interface JsonForm {
  /** As the client asks for it by `$alt=json;enum-encoding=int`. */
  readonly enumsAsNumbers: boolean;
}

/** What a request says of a secret, in the form that gRPC gives it. */
export function jsonToSecretInput(body: Readonly<Record<string, unknown>>): SecretInput {
  const { versionDestroyTtl } = body;
  if (typeof versionDestroyTtl !== "string") return body;
  return { ...body, versionDestroyTtl: { seconds: Number.parseFloat(versionDestroyTtl) } };
}

export function messageToJson(message: object, form: JsonForm): Record<string, unknown> {
  const entries = Object.entries(message).map(([field, value]) => [field, fieldToJson(field, value, form)] as const);
  return Object.fromEntries(entries.filter(([field, value]) => !isDefault(field, value)));
}

function fieldToJson(field: string, value: unknown, form: JsonForm): unknown {
  if (Array.isArray(value)) return value.map((item) => fieldToJson("", item, form));
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (field === "state" && form.enumsAsNumbers) return STATES[value as string] ?? 0;
  if (typeof value !== "object" || value === null) return value;
  if (field.endsWith("Time")) return rfc3339(value as TimestampMessage);
  if (field.endsWith("Ttl")) return `${(value as { seconds: string }).seconds}s`;
  return messageToJson(value, form);
}

function rfc3339({ seconds, nanos }: TimestampMessage): string {
  return new Date(Number(seconds) * 1000 + nanos / 1_000_000).toISOString();
}

/** Default values are left out; a message that is there and empty is not one. */
function isDefault(field: string, value: unknown): boolean {
  if (value === "" || value === 0 || value === false || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return MAPS.includes(field) && Object.keys(value as object).length === 0;
}
