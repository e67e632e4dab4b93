import { envProvider } from "@qarion/provider-env";
import { createSecrets, firstOf, type SecretProvider, type Secrets } from "@qarion/secrets";

/** The secrets of the team's store, except for those that are set on this machine. */
export function openSecrets(store: SecretProvider): Secrets {
  const isProduction = process.env.NODE_ENV === "production"; // there, nothing stands before the store
  return createSecrets({ provider: isProduction ? store : firstOf([envProvider(), store]) });
}

// openSecrets(awsSecretsManager({ region: "eu-central-1", prefix: "shop/dev/" }));
