/**
 * The name as a variable: upper case, with `_` for whatever a variable's name cannot hold. `llm_api_key/control_plane` is
 * `LLM_API_KEY_CONTROL_PLANE`.
 */
export function variableName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}
