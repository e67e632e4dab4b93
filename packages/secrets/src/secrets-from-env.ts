import {
  type CacheOptions,
  type CreateSecretsOptions,
  createSecrets,
  type SecretProvider,
  type Secrets,
  SecretsError,
  type SecretsPlugin,
} from "@qarion/secrets-core";
import { firstPartyNames, loadFirstParty } from "./first-party-plugins.js";

export interface SecretsFromEnvOptions extends Omit<CreateSecretsOptions, "provider" | "cache"> {
  /** What is read instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Providers of others, picked by their `name`; one that bears a built-in name takes its place. */
  readonly plugins?: readonly SecretsPlugin[];
  /** What it holds wins over `SECRETS_CACHE_TTL`. */
  readonly cache?: CacheOptions | false;
}

/**
 * The secrets of a service from the provider that the environment names.
 *
 * | variable | meaning | default |
 * | --- | --- | --- |
 * | `SECRET_PROVIDER` | `env`, `aws`, `gcp`, `vault` or the name of a plugin | `env` |
 * | `SECRETS_CACHE_TTL` | how long a value is fresh, in seconds; `0` turns the cache off | `300` |
 *
 * The provider reads variables of its own. Its package is imported here and only when it is the one that was picked.
 *
 * @throws SecretsError `_PROVIDER_UNKNOWN`, `_PROVIDER_NOT_INSTALLED` with the install command, `_INVALID_CONFIG`
 */
export async function secretsFromEnv(options: SecretsFromEnvOptions = {}): Promise<Secrets> {
  const { env = process.env, plugins = [], cache, ...rest } = options;
  const cacheOptions = cacheFrom(env, cache);
  const provider = await providerFrom(env, plugins);
  return createSecrets({ ...rest, provider, cache: cacheOptions });
}

async function providerFrom(
  env: Readonly<Record<string, string | undefined>>,
  plugins: readonly SecretsPlugin[],
): Promise<SecretProvider> {
  const name = env.SECRET_PROVIDER?.trim() || "env";
  refuseDuplicates(plugins);
  const plugin = plugins.find((listed) => listed.name === name && listed.provider) ?? (await loadFirstParty(name));
  const make = plugin?.provider;
  if (make) return madeBy(name, () => make.call(plugin, env));
  const known = [
    ...new Set([...plugins.filter((listed) => listed.provider).map((listed) => listed.name), ...firstPartyNames]),
  ];
  throw new SecretsError("ERR_SECRETS_PROVIDER_UNKNOWN", {
    // What stands there may be anything, a pasted secret too: only what looks like a name is repeated.
    ...(/^[a-z][a-z0-9-]{0,30}$/.test(name) ? { provider: name } : {}),
    hint: `SECRET_PROVIDER is one of ${known.join(", ")}. For another one install its package and list its plugin: secretsFromEnv({ plugins: [yourPlugin] }).`,
  });
}

/** The words of a plugin's error may hold what it read from the environment; its `SecretsError` holds none of it. */
async function madeBy(name: string, make: () => SecretProvider | Promise<SecretProvider>): Promise<SecretProvider> {
  try {
    return await make();
  } catch (error) {
    if (SecretsError.is(error)) throw error;
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
      provider: name,
      hint: "The plugin failed to make its provider: check the variables that it reads.",
      cause: error,
    });
  }
}

function refuseDuplicates(plugins: readonly SecretsPlugin[]): void {
  const seen = new Set<string>();
  for (const { name } of plugins) {
    if (seen.has(name)) {
      throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
        hint: `Two plugins have the name ${JSON.stringify(name)}.`,
      });
    }
    seen.add(name);
  }
}

function cacheFrom(
  env: Readonly<Record<string, string | undefined>>,
  cache: CacheOptions | false | undefined,
): CacheOptions | false {
  const ttl = env.SECRETS_CACHE_TTL?.trim();
  if (cache === false || !ttl) return cache ?? {};
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(ttl)) {
    throw new SecretsError("ERR_SECRETS_INVALID_CONFIG", {
      hint: "SECRETS_CACHE_TTL is a number of seconds, such as 300; 0 turns the cache off.",
    });
  }
  if (Number(ttl) === 0 && cache?.ttlMs === undefined) return false;
  return { ttlMs: Number(ttl) * 1_000, ...cache };
}
