import type { SecretsPlugin } from "@qarion/secrets-core";
import { jwtKeyKind } from "./signing-key.js";

/** Adds the kind of secret `"jwt-key"`. */
export const jwtPlugin: SecretsPlugin = { name: "jwt", kinds: [jwtKeyKind] };
