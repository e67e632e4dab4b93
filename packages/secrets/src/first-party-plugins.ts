import { SecretsError, type SecretsPlugin } from "@qarion/secrets-core";

interface FirstPartyPlugin {
  /** The packages that a deployment which picks this provider installs. */
  readonly packages: readonly string[];
  load(): Promise<SecretsPlugin>;
}

// Each package is an optional peer: it is imported by its literal name, so that bundlers see it, within a try, so that
// they accept its absence, and only when SECRET_PROVIDER asks for it. The names are widened for the type checker, which
// would otherwise want every one of them installed here.
const firstParty: Readonly<Record<string, FirstPartyPlugin>> = {
  env: {
    packages: ["@qarion/provider-env"],
    async load() {
      try {
        return ((await import("@qarion/provider-env" as string)) as { envPlugin: SecretsPlugin }).envPlugin;
      } catch (error) {
        throw notInstalled("env", error);
      }
    },
  },
  aws: {
    packages: ["@qarion/provider-aws", "@aws-sdk/client-secrets-manager"],
    async load() {
      try {
        return ((await import("@qarion/provider-aws" as string)) as { awsPlugin: SecretsPlugin }).awsPlugin;
      } catch (error) {
        throw notInstalled("aws", error);
      }
    },
  },
  gcp: {
    packages: ["@qarion/provider-gcp", "@google-cloud/secret-manager"],
    async load() {
      try {
        return ((await import("@qarion/provider-gcp" as string)) as { gcpPlugin: SecretsPlugin }).gcpPlugin;
      } catch (error) {
        throw notInstalled("gcp", error);
      }
    },
  },
  vault: {
    packages: ["@qarion/provider-vault"],
    async load() {
      try {
        return ((await import("@qarion/provider-vault" as string)) as { vaultPlugin: SecretsPlugin }).vaultPlugin;
      } catch (error) {
        throw notInstalled("vault", error);
      }
    },
  },
};

export const firstPartyNames: readonly string[] = Object.keys(firstParty);

/**
 * Loads a first-party plugin by the name that `SECRET_PROVIDER` gives it.
 *
 * @throws SecretsError `ERR_SECRETS_PROVIDER_NOT_INSTALLED` with the install command
 */
export function loadFirstParty(name: string): Promise<SecretsPlugin> | undefined {
  return Object.hasOwn(firstParty, name) ? firstParty[name]?.load() : undefined;
}

/** A package that is there and fails to load keeps its own error; only its absence is told as such. */
function notInstalled(name: string, error: unknown): unknown {
  const packages = firstParty[name]?.packages ?? [];
  const { code, message } = error as { code?: unknown; message?: unknown };
  const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  if (!isMissing || !packages.some((wanted) => String(message).includes(`'${wanted}'`))) return error;
  return new SecretsError("ERR_SECRETS_PROVIDER_NOT_INSTALLED", {
    provider: name,
    hint: `Install it with: npm install ${packages.join(" ")}`,
  });
}
