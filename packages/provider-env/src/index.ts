export { envPlugin } from "./env-plugin.js";
export { type EnvProviderOptions, envProvider } from "./env-provider.js";
