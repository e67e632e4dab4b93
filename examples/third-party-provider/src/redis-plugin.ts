import { SecretsError, type SecretsPlugin } from "@qarion/secrets-core";
import { redisSecrets } from "./redis-provider.js";

export const redisPlugin: SecretsPlugin = {
  name: "redis", // SECRET_PROVIDER=redis
  provider({ REDIS_SECRETS_URL: url, REDIS_SECRETS_PREFIX: keyPrefix }) {
    if (!url) throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "Set REDIS_SECRETS_URL." });
    return redisSecrets({ url, keyPrefix: keyPrefix || undefined });
  },
};
