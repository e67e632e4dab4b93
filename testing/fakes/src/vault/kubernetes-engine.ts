import { listField, textField } from "./fields.js";
import type { Engine, EngineCall, EngineResponse, Fields } from "./logical.js";
import {
  describeParameters,
  type GiveToken,
  NO_PARAMETERS,
  type TokenParameters,
  tokenParameters,
} from "./login-grant.js";
import { readClaims, type ServiceAccounts } from "./service-accounts.js";
import type { VaultClock } from "./vault-clock.js";
import { badRequest, permissionDenied, unsupportedOperation, VaultError } from "./vault-error.js";

/** How far Vault's clock may be off; the cluster's review, which comes after, allows nothing. */
const LEEWAY_MS = 60_000;

interface Role {
  readonly names: readonly string[];
  readonly namespaces: readonly string[];
  readonly audience: string;
  readonly parameters: TokenParameters;
}

/** The auth method Kubernetes: a role, and the token of a service account that the cluster vouches for. */
export class KubernetesEngine implements Engine {
  readonly type = "kubernetes";
  readonly #clock: VaultClock;
  readonly #giveToken: GiveToken;
  readonly #accounts: ServiceAccounts;
  readonly #roles = new Map<string, Role>();

  /** @param accounts the cluster, whose TokenReview is asked */
  constructor(clock: VaultClock, giveToken: GiveToken, accounts: ServiceAccounts) {
    this.#clock = clock;
    this.#giveToken = giveToken;
    this.#accounts = accounts;
  }

  exists(path: string): boolean {
    const [folder, name = ""] = path.split("/");
    return folder !== "role" || this.#roles.has(name);
  }

  isOpen(path: string): boolean {
    return path === "login";
  }

  handle(call: EngineCall): EngineResponse | undefined {
    const { operation, path, fields } = call;
    const isWrite = operation === "create" || operation === "update";
    if (path === "login") {
      if (!isWrite) throw unsupportedOperation();
      return this.#login(call);
    }
    if (path === "config") return isWrite ? undefined : { data: { kubernetes_host: "https://kubernetes.default.svc" } };
    const [folder, name = ""] = path.split("/");
    if (folder !== "role") throw new VaultError(404, "unsupported path");
    if (operation === "list") return { data: { keys: [...this.#roles.keys()].sort() } };
    if (operation === "delete") return void this.#roles.delete(name);
    if (operation === "read") return this.#readRole(name);
    if (isWrite) return this.#writeRole(name, fields);
    throw unsupportedOperation();
  }

  #writeRole(name: string, fields: Fields): undefined {
    const before = this.#roles.get(name);
    const names = listField(fields, "bound_service_account_names") ?? before?.names ?? [];
    const namespaces = listField(fields, "bound_service_account_namespaces") ?? before?.namespaces ?? [];
    if (names.length === 0) throw badRequest('"bound_service_account_names" can not be empty');
    if (namespaces.length === 0) throw badRequest('"bound_service_account_namespaces" can not be empty');
    const audience = textField(fields, "audience") || (before?.audience ?? "");
    const parameters = tokenParameters(fields, before?.parameters ?? NO_PARAMETERS);
    this.#roles.set(name, { names, namespaces, audience, parameters });
    return undefined;
  }

  #readRole(name: string): EngineResponse | undefined {
    const role = this.#roles.get(name);
    return (
      role && {
        data: {
          audience: role.audience,
          bound_service_account_names: role.names,
          bound_service_account_namespaces: role.namespaces,
          ...describeParameters(role.parameters),
        },
      }
    );
  }

  #login(call: EngineCall): EngineResponse {
    const name = textField(call.fields, "role");
    if (name === "") throw badRequest("missing role");
    const jwt = textField(call.fields, "jwt");
    if (jwt === "") throw badRequest("missing jwt");
    const role = this.#roles.get(name);
    if (role === undefined) throw badRequest(`invalid role name ${JSON.stringify(name)}`);
    const claims = readClaims(jwt);
    if (claims === undefined) throw new VaultError(403, "error parsing token: malformed jwt");
    if (role.audience !== "" && !claims.audiences.includes(role.audience)) {
      throw new VaultError(403, "invalid audience (aud) claim: audience claim does not match any expected audience");
    }
    if (this.#clock.now() > claims.expiresAtMs + LEEWAY_MS) {
      throw new VaultError(403, "invalid expiration time (exp) claim: token is expired");
    }
    if (!covers(role.names, claims.name)) throw new VaultError(403, "service account name not authorized");
    if (!covers(role.namespaces, claims.namespace)) throw new VaultError(403, "namespace not authorized");
    if (!this.#accounts.review(jwt)) throw permissionDenied();
    return this.#giveToken(call, {
      displayName: `${claims.namespace}-${claims.name}`,
      meta: {
        role: name,
        service_account_name: claims.name,
        service_account_namespace: claims.namespace,
        service_account_secret_name: "",
        service_account_uid: claims.uid,
      },
      parameters: role.parameters,
      alias: claims.uid,
      limits: () => {
        const current = this.#roles.get(name);
        if (current === undefined)
          throw new VaultError(500, `role ${JSON.stringify(name)} does not exist during renewal`);
        return current.parameters;
      },
    });
  }
}

/** A name, `*`, or a name with `*` at an end. */
function covers(bound: readonly string[], name: string): boolean {
  return bound.some((one) => {
    const [start = "", ...rest] = one.split("*");
    if (rest.length === 0) return one === name;
    return name.startsWith(start) && name.endsWith(rest.at(-1) ?? "");
  });
}
