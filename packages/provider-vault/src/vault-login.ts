import { readFile } from "node:fs/promises";
import { SecretsError } from "@qarion/secrets-core/provider";
import { vaultError } from "./vault-error.js";

/** https://developer.hashicorp.com/vault/api-docs/auth/approle#login-with-approle */
export interface AppRoleLogin {
  readonly roleId: string;
  /** The secret id, or what gives it at each login, as when it is kept in a file that is replaced. */
  readonly secretId: string | (() => string | Promise<string>);
  /** Where the method is mounted; `"approle"` by default. */
  readonly mount?: string | undefined;
}

/** https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#login */
export interface KubernetesLogin {
  readonly role: string;
  /** The file of the service account's token, which the kubelet replaces. Default: where Kubernetes mounts it. */
  readonly tokenFile?: string | undefined;
  /** Where the method is mounted; `"kubernetes"` by default. */
  readonly mount?: string | undefined;
}

export interface VaultLogin {
  readonly path: string;
  /** What proves who we are, made anew for each login. */
  body(): Promise<Readonly<Record<string, string>>>;
}

const kubernetesTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function appRoleLogin({ roleId, secretId, mount = "approle" }: AppRoleLogin): VaultLogin {
  if (isBlank(roleId)) throw invalid("`appRole.roleId` is blank.");
  if (typeof secretId !== "function" && isBlank(secretId)) throw invalid("`appRole.secretId` is blank.");
  return {
    path: `auth/${mountPath(mount)}/login`,
    body: async () => ({ role_id: roleId, secret_id: await secretIdOf(secretId) }),
  };
}

/** @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function kubernetesLogin({
  role,
  tokenFile = kubernetesTokenFile,
  mount = "kubernetes",
}: KubernetesLogin): VaultLogin {
  if (isBlank(role)) throw invalid("`kubernetes.role` is blank.");
  return {
    path: `auth/${mountPath(mount)}/login`,
    async body() {
      try {
        return { role, jwt: (await readFile(tokenFile, "utf8")).trim() };
      } catch (cause) {
        const hint = "The service account's token cannot be read. Set `kubernetes.tokenFile` to where it is mounted.";
        throw vaultError("ERR_SECRETS_UNAUTHENTICATED", { hint, cause });
      }
    },
  };
}

/** A mount, which may have several segments, as a path of the API. @throws SecretsError `ERR_SECRETS_INVALID_CONFIG` */
export function mountPath(mount: string): string {
  const segments = mount.replace(/^\/+|\/+$/g, "").split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw invalid("A mount is a path such as secret or team/secret.");
  }
  return segments.map(encodeURIComponent).join("/");
}

async function secretIdOf(secretId: AppRoleLogin["secretId"]): Promise<string> {
  if (typeof secretId === "string") return secretId;
  let given: unknown;
  try {
    given = await secretId();
  } catch (cause) {
    if (SecretsError.is(cause)) throw cause;
    throw vaultError("ERR_SECRETS_UNAUTHENTICATED", {
      hint: "`appRole.secretId` gave no secret id: it failed.",
      cause,
    });
  }
  if (typeof given === "string" && !isBlank(given)) return given;
  throw vaultError("ERR_SECRETS_UNAUTHENTICATED", { hint: "`appRole.secretId` gave no secret id: it was blank." });
}

function isBlank(text: unknown): boolean {
  return typeof text !== "string" || text.trim() === "";
}

function invalid(hint: string) {
  return vaultError("ERR_SECRETS_INVALID_CONFIG", { hint });
}
