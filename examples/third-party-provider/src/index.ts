export { redisPlugin } from "./redis-plugin.js";
export { type RedisSecretsOptions, redisSecrets } from "./redis-provider.js";
