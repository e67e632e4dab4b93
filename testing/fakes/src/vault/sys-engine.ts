import type { Acl } from "./acl.js";
import { listField, mapField, textField } from "./fields.js";
import type { Engine, EngineCall, EngineResponse, Fields } from "./logical.js";
import { type Mount, mountAt, type Namespaces, route } from "./namespaces.js";
import { parsePolicy } from "./policy.js";
import type { TokenEntry } from "./token-entry.js";
import type { TokenStore } from "./token-store.js";
import { badRequest, permissionDenied, unsupportedOperation, VaultError } from "./vault-error.js";
import type { Wrapping } from "./wrapping.js";

export interface SysEngineHost {
  readonly tokens: TokenStore;
  readonly namespaces: Namespaces;
  readonly wrapping: Wrapping;
  acl(token: TokenEntry): Acl;
  /** @throws VaultError 400 for a type that this server does not have */
  makeEngine(type: string, options: Mount["options"]): Engine;
}

/** `sys/`, as far as a request needs a namespace: policies, mounts, wrapping, capabilities. */
export class SysEngine implements Engine {
  readonly type = "system";
  readonly #host: SysEngineHost;

  constructor(host: SysEngineHost) {
    this.#host = host;
  }

  isOpen(path: string): boolean {
    return path === "wrapping/lookup" || /^internal\/ui\/mounts(\/|$)/.test(path);
  }

  isProtected(path: string): boolean {
    return /^auth\/./.test(path);
  }

  handle(call: EngineCall): EngineResponse | undefined {
    const { path } = call;
    const after = (prefix: string) => path.slice(prefix.length).replace(/\/$/, "");
    if (path.startsWith("policies/acl")) return this.#policy(call, after("policies/acl/"), "policy");
    if (path.startsWith("policy")) return this.#policy(call, after("policy/"), "rules");
    if (path.startsWith("mounts")) return this.#mount(call, after("mounts/"), "");
    if (path.startsWith("auth")) return this.#mount(call, after("auth/"), "auth/");
    if (path.startsWith("internal/ui/mounts/")) return this.#preflight(call, after("internal/ui/mounts/"));
    if (path.startsWith("namespaces")) return this.#namespace(call, after("namespaces/"));
    if (path === "capabilities-self") return this.#capabilities(call);
    if (path.startsWith("wrapping/")) return this.#wrapped(call, after("wrapping/"));
    throw new VaultError(404, "unsupported path");
  }

  #policy({ operation, namespace, fields }: EngineCall, name: string, textName: string): EngineResponse | undefined {
    const { policies } = namespace;
    if (operation === "list" || (operation === "read" && name === "")) {
      const keys = [...policies.keys(), ...(namespace.path === "" ? ["root"] : [])].sort();
      return { data: { keys, policies: keys } };
    }
    if (operation === "read") {
      const policy = policies.get(name);
      return policy && { data: { name, [textName]: policy.text } };
    }
    if (operation === "delete") {
      if (name === "default") throw badRequest('cannot delete "default" policy');
      return void policies.delete(name);
    }
    if (name === "root" || name === "response-wrapping")
      throw badRequest(`cannot update ${JSON.stringify(name)} policy`);
    const text = textField(fields, "policy");
    if (text === "") throw badRequest("'policy' parameter not supplied or empty");
    policies.set(name, parsePolicy(name, text));
    return undefined;
  }

  #mount({ operation, namespace, fields }: EngineCall, name: string, folder: string): EngineResponse | undefined {
    const { mounts } = namespace;
    if (operation === "read" && name === "") {
      const own = [...mounts.values()].filter(({ path }) => path.startsWith("auth/") === (folder !== ""));
      return { data: Object.fromEntries(own.map((mount) => [mount.path.slice(folder.length), describe(mount)])) };
    }
    const path = `${folder}${name}/`;
    if (operation === "read") {
      const mount = mounts.get(path);
      if (mount === undefined) throw badRequest(`No secret engine mount at ${path}`);
      return { data: describe(mount) };
    }
    if (operation === "delete") return void mounts.delete(path);
    if (operation !== "create" && operation !== "update") throw unsupportedOperation();
    const type = textField(fields, "type");
    const options = type === "kv-v2" ? { version: "2" } : optionsOf(mapField(fields, "options"));
    const engine = this.#host.makeEngine(type === "kv-v2" ? "kv" : type, options);
    mountAt(namespace, path, engine, { description: textField(fields, "description"), options });
    return undefined;
  }

  /** What a command line asks before it reads, to learn the version of KV; open, so it answers for itself. */
  #preflight({ operation, namespace, caller, refusal }: EngineCall, name: string): EngineResponse {
    if (operation !== "read") throw unsupportedOperation();
    const path = `${name}/`;
    const denied = new VaultError(
      403,
      `preflight capability check returned 403, please ensure client's policies grant access to path ${JSON.stringify(path)}`,
    );
    const mount = route(namespace, path)?.mount;
    if (mount === undefined) throw denied;
    if (caller === undefined) throw refusal ?? permissionDenied();
    if (!this.#host.acl(caller).reaches(`${namespace.path}${mount.path}`)) throw denied;
    return { data: { ...describe(mount), path: mount.path } };
  }

  #namespace({ operation, namespace }: EngineCall, name: string): EngineResponse | undefined {
    if (operation === "list") return { data: { keys: this.#host.namespaces.below(namespace) } };
    if (operation !== "create" && operation !== "update") throw unsupportedOperation();
    const { id, path } = this.#host.namespaces.create(`${namespace.path}${name}`);
    return { data: { id, path } };
  }

  #capabilities({ caller, namespace, fields }: EngineCall): EngineResponse {
    if (caller === undefined) throw permissionDenied();
    const paths = listField(fields, "paths") ?? listField(fields, "path") ?? [];
    if (paths.length === 0) throw badRequest("paths must be supplied");
    const acl = this.#host.acl(caller);
    const found = paths.map((path) => [path, acl.capabilities(`${namespace.path}${path}`)] as const);
    return { data: { ...Object.fromEntries(found), capabilities: found[0]?.[1] } };
  }

  #wrapped({ caller, fields, operation }: EngineCall, what: string): EngineResponse {
    if (operation === "read" && what !== "lookup") throw unsupportedOperation();
    if (what === "wrap") return { data: fields }; // the header that asks for the wrapping does the rest
    const given = textField(fields, "token");
    const token = given === "" ? caller : this.#host.tokens.find(given);
    if (token === undefined) throw badRequest("wrapping token is not valid or does not exist");
    if (what === "lookup") return this.#host.wrapping.describe(token);
    if (what === "unwrap") return this.#host.wrapping.open(token);
    throw new VaultError(404, "unsupported path");
  }
}

function describe({ engine, description, options, accessor, uuid }: Mount): object {
  return {
    accessor,
    config: { default_lease_ttl: 0, force_no_cache: false, max_lease_ttl: 0 },
    description,
    external_entropy_access: false,
    local: false,
    options,
    seal_wrap: false,
    type: engine.type,
    uuid,
  };
}

function optionsOf(given: Fields | undefined): Mount["options"] {
  return given === undefined
    ? null
    : Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]));
}
