import type { Fields } from "./logical.js";
import type { VaultCore } from "./vault-core.js";

export interface SeedToken {
  readonly policies?: readonly string[];
  /** As Vault writes durations: `1h`, `90s`. */
  readonly ttl?: string;
  readonly explicitMaxTtl?: string;
  readonly period?: string;
  readonly renewable?: boolean;
  readonly numUses?: number;
  readonly noDefaultPolicy?: boolean;
  readonly type?: "service" | "batch";
}

/** The parameters of tokens that a role gives, as the API names them: `token_policies`, `token_ttl`, … */
export interface SeedAppRole {
  readonly mount: string;
  readonly name: string;
  readonly roleId: string;
  /** Another secret id; `fields` as the API names them: `num_uses`, `ttl`, `metadata`. */
  secretId(fields?: Fields): string;
  /** The same, wrapped: the token that unwraps it once. */
  wrappedSecretId(wrapTtl: string, fields?: Fields): string;
}

/** Puts things into one namespace, through the API and with the root token, past every node: no journal, no fault. */
export interface VaultSeed {
  /** Any request. What it gives is the answer's `data`. @throws Error when it is refused */
  request(method: string, path: string, body?: Fields): Fields;
  /** A KV mount; version 2 unless given. `secret` is there from the start in the root namespace. */
  mount(path: string, version?: 1 | 2): void;
  /** Writes a secret of a KV v2 mount (`secret` unless given); the number of its version. */
  put(path: string, data: Fields, mount?: string): number;
  policy(name: string, text: string): void;
  token(options?: SeedToken): string;
  revoke(token: string): void;
  /** A role of AppRole, at `approle` unless given; the mount is made where it is missing. */
  appRole(name: string, fields?: Fields, mount?: string): SeedAppRole;
  /** A role of Kubernetes auth, at `kubernetes` unless given, for every service account unless its fields say which. */
  kubernetesRole(name: string, fields?: Fields, mount?: string): void;
  /** The same in a namespace, which is made where it is missing. */
  in(namespace: string): VaultSeed;
}

/** @param namespace its path, `""` for the root namespace */
export function vaultSeed(core: VaultCore, namespace = ""): VaultSeed {
  const send = (method: string, path: string, body: Fields = {}, wrapTtl?: string) => {
    const answer = core.handle({
      method,
      path,
      query: new URLSearchParams(),
      body: Buffer.from(JSON.stringify(body)),
      contentType: "application/merge-patch+json",
      token: core.rootToken,
      namespace: namespace === "" ? undefined : namespace,
      wrapTtl,
    });
    const text = Buffer.from(answer.body).toString();
    if (answer.status >= 400) throw new Error(`seeding by ${method} ${path} was refused: ${answer.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as { data?: Fields; auth?: Fields; wrap_info?: Fields };
  };
  const request = (method: string, path: string, body?: Fields) => send(method, path, body).data ?? {};
  const isMounted = (path: string) => core.namespaces.resolve(namespace, "").namespace.mounts.has(`${path}/`);
  const enable = (type: string, mount: string) => {
    if (!isMounted(`auth/${mount}`)) send("POST", `sys/auth/${mount}`, { type });
  };

  return {
    request,
    mount: (path, version = 2) =>
      void send("POST", `sys/mounts/${path}`, { type: "kv", options: { version: String(version) } }),
    put: (path, data, mount = "secret") => Number(request("POST", `${mount}/data/${path}`, { data }).version),
    policy: (name, policy) => void send("POST", `sys/policies/acl/${name}`, { policy }),
    token(options = {}) {
      const { auth } = send("POST", "auth/token/create", {
        policies: options.policies ?? ["default"],
        no_parent: true,
        ...(options.ttl === undefined ? {} : { ttl: options.ttl }),
        ...(options.explicitMaxTtl === undefined ? {} : { explicit_max_ttl: options.explicitMaxTtl }),
        ...(options.period === undefined ? {} : { period: options.period }),
        ...(options.numUses === undefined ? {} : { num_uses: options.numUses }),
        ...(options.type === undefined ? {} : { type: options.type }),
        renewable: options.renewable ?? true,
        no_default_policy: options.noDefaultPolicy ?? false,
      });
      return String(auth?.client_token);
    },
    revoke: (token) => void send("POST", "auth/token/revoke", { token }),
    appRole(name, fields = {}, mount = "approle") {
      enable("approle", mount);
      const role = `auth/${mount}/role/${name}`;
      send("POST", role, fields);
      return {
        mount,
        name,
        roleId: String(request("GET", `${role}/role-id`).role_id),
        secretId: (of = {}) => String(request("POST", `${role}/secret-id`, of).secret_id),
        wrappedSecretId: (wrapTtl, of = {}) => String(send("POST", `${role}/secret-id`, of, wrapTtl).wrap_info?.token),
      };
    },
    kubernetesRole(name, fields = {}, mount = "kubernetes") {
      enable("kubernetes", mount);
      const all = { bound_service_account_names: "*", bound_service_account_namespaces: "*" };
      send("POST", `auth/${mount}/role/${name}`, { ...all, ...fields });
    },
    in(child) {
      const segments = [...namespace.split("/"), ...child.split("/")].filter((segment) => segment !== "");
      for (const [index] of segments.entries()) core.namespaces.create(segments.slice(0, index + 1).join("/"));
      return vaultSeed(core, segments.join("/"));
    },
  };
}
