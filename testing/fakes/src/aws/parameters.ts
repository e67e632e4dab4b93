import { AwsError } from "./aws-error.js";

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** The parameters of one call, read by the constraints of the service's model. A parameter that is `null` is absent. */
export interface Parameters {
  /** A text of so many characters. */
  text(name: string, length?: Bounds): string | undefined;
  requiredText(name: string, length?: Bounds): string;
  texts(name: string, count?: Bounds): string[] | undefined;
  /** Bytes, which travel as base64. */
  bytes(name: string, length?: Bounds): Buffer | undefined;
  number(name: string, value?: Bounds): number | undefined;
  flag(name: string): boolean;
  objects(name: string, count?: Bounds): Parameters[] | undefined;
}

/** @throws AwsError from every reader: ValidationException for a constraint, SerializationException for a wrong type */
export function parameters(input: unknown): Parameters {
  if (typeof input !== "object" || input === null || Array.isArray(input)) throw new AwsError("SerializationException");
  const given = input as Record<string, unknown>;

  const read = <T>(name: string, isRight: (value: unknown) => value is T): T | undefined => {
    const value = given[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!isRight(value)) throw new AwsError("SerializationException", `${name} is not of its type.`);
    return value;
  };
  const sized = <T extends { readonly length: number }>(name: string, value: T | undefined, bounds: Bounds = {}) => {
    if (value !== undefined) within(name, "length", value.length, bounds);
    return value;
  };

  const text = (name: string, length?: Bounds) => sized(name, read(name, isText), length);
  return {
    text,
    requiredText: (name, length) => text(name, length) ?? absent(name),
    texts: (name, count) =>
      sized(
        name,
        read(name, (value) => Array.isArray(value) && value.every(isText)),
        count,
      ),
    bytes(name, length) {
      const base64 = read(name, isText);
      return sized(name, base64 === undefined ? undefined : Buffer.from(base64, "base64"), length);
    },
    number(name, bounds = {}) {
      const value = read(name, (value) => typeof value === "number");
      if (value !== undefined) within(name, "value", value, bounds);
      return value;
    },
    flag: (name) => read(name, (value) => typeof value === "boolean") ?? false,
    objects: (name, count) => sized(name, read(name, Array.isArray), count)?.map(parameters),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function within(name: string, what: "length" | "value", actual: number, { min, max }: Bounds): void {
  if (min !== undefined && actual < min)
    throw violated(name, `Member must have ${what} greater than or equal to ${min}`);
  if (max !== undefined && actual > max) throw violated(name, `Member must have ${what} less than or equal to ${max}`);
}

function absent(name: string): never {
  throw violated(name, "Member must not be null");
}

/** The refusal of a parameter. The service repeats the value of one that is not a secret; here none is repeated. */
export function violated(name: string, constraint: string): AwsError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
