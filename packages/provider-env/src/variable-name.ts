import { type ProviderRef, type Stage, variableName } from "@qarion/secrets-core/provider";
import { envError } from "./env-error.js";

const stageSuffix: Readonly<Record<Stage, string>> = { current: "", previous: "_PREVIOUS", pending: "_NEXT" };

/** Under which names a secret is looked up in each layer. */
export interface LookupNames {
  /** As it was asked for, with the suffix of its stage. */
  readonly literal: string;
  /** The same as a variable name; equal to `literal` when that is one already. */
  readonly variable: string;
}

/**
 * `llm_api_key/control_plane` is also `LLM_API_KEY_CONTROL_PLANE`; its previous value is
 * `llm_api_key/control_plane_PREVIOUS`, also `LLM_API_KEY_CONTROL_PLANE_PREVIOUS`.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_REF` for a name that would be no path below the volume's folder
 */
export function lookupNames({ name, stage }: ProviderRef): LookupNames {
  if (name.startsWith("/")) {
    throw envError("ERR_SECRETS_INVALID_REF", "This provider maps names to paths: leave out the leading slash.");
  }
  const segments = name.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment.startsWith(".."))) {
    throw envError("ERR_SECRETS_INVALID_REF", 'No segment of a name may be empty, be "." or start with "..".');
  }
  if (/[\\\0]/.test(name)) {
    throw envError("ERR_SECRETS_INVALID_REF", "A name holds no backslash and no NUL.");
  }
  const literal = `${name}${stageSuffix[stage]}`;
  return { literal, variable: variableName(literal) };
}
