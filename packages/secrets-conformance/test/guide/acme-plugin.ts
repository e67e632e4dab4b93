import { SecretsError, type SecretsPlugin } from "@qarion/secrets-core";
import { acmeSecrets } from "./acme-provider.js";

export const acmePlugin: SecretsPlugin = {
  name: "acme", // SECRET_PROVIDER=acme
  provider({ ACME_ADDRESS: address, ACME_TOKEN: token }) {
    if (!address || !token) {
      throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "Set ACME_ADDRESS and ACME_TOKEN." });
    }
    return acmeSecrets({ address, token });
  },
};
