import type { SecretsPlugin } from "@qarion/secrets-core";
import { envProvider } from "./env-provider.js";

/**
 * `SECRET_PROVIDER=env`: variables, the volume mounted at `SECRETS_DIRECTORY` (none when that is unset or blank), and
 * `.env` files of the working directory.
 */
export const envPlugin: SecretsPlugin = {
  name: "env",
  provider: (env) => {
    const directory = env.SECRETS_DIRECTORY;
    return envProvider({ env, directory: directory?.trim() === "" ? undefined : directory });
  },
};
