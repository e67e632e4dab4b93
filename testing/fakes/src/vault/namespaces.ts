import { randomBytes, randomUUID } from "node:crypto";
import { defaultPolicies } from "./default-policies.js";
import type { Engine } from "./logical.js";
import type { Policy } from "./policy.js";
import { badRequest, VaultError } from "./vault-error.js";
import type { ProductTraits } from "./vault-product.js";

export interface Mount {
  /** With `/` at its end, such as `secret/` or `auth/approle/`. */
  readonly path: string;
  readonly engine: Engine;
  readonly description: string;
  readonly options: Readonly<Record<string, string>> | null;
  readonly accessor: string;
  readonly uuid: string;
}

/** Mounts and policies of their own; the root namespace has the path `""`, any other ends in `/`. */
export interface Namespace {
  readonly path: string;
  readonly id: string;
  readonly mounts: Map<string, Mount>;
  readonly policies: Map<string, Policy>;
}

export interface Routed {
  readonly mount: Mount;
  /** Below the mount. */
  readonly path: string;
}

/** @throws VaultError 400 where something is mounted there, above or below */
export function mountAt(
  namespace: Namespace,
  path: string,
  engine: Engine,
  { description = "", options = null }: { description?: string; options?: Mount["options"] } = {},
): Mount {
  const normal = folder(path);
  for (const taken of namespace.mounts.keys()) {
    if (taken.startsWith(normal) || normal.startsWith(taken)) throw badRequest(`path is already in use at ${taken}`);
  }
  const accessor = `${normal.startsWith("auth/") ? "auth_" : ""}${engine.type}_${randomBytes(4).toString("hex")}`;
  const mount = { path: normal, engine, description, options, accessor, uuid: randomUUID() };
  namespace.mounts.set(normal, mount);
  return mount;
}

/** What is mounted at the path or above it; `secret` alone means `secret/`. */
export function route({ mounts }: Namespace, path: string): Routed | undefined {
  for (const candidate of [path, `${path}/`]) {
    for (const mount of mounts.values()) {
      if (candidate.startsWith(mount.path)) return { mount, path: candidate.slice(mount.path.length) };
    }
  }
  return undefined;
}

export class Namespaces {
  readonly root: Namespace;
  readonly #traits: ProductTraits;
  readonly #furnish: (namespace: Namespace) => void;
  readonly #byPath = new Map<string, Namespace>();

  /** @param furnish mounts what each namespace has from the start */
  constructor(traits: ProductTraits, furnish: (namespace: Namespace) => void) {
    this.#traits = traits;
    this.#furnish = furnish;
    this.root = this.#add("");
  }

  /** @throws VaultError where the product has none, or the parent is not there */
  create(path: string): Namespace {
    const normal = folder(path);
    if (!this.#traits.hasNamespaces) throw new VaultError(404, "unsupported path");
    const parent = normal.slice(0, normal.slice(0, -1).lastIndexOf("/") + 1);
    if (!this.#byPath.has(parent)) throw badRequest("parent namespace doesn't exist");
    return this.#byPath.get(normal) ?? this.#add(normal);
  }

  /** Those directly below, by their own names. */
  below({ path }: Namespace): readonly string[] {
    const names = [...this.#byPath.keys()].filter((one) => one !== path && one.startsWith(path));
    return names.map((one) => one.slice(path.length)).filter((name) => name.indexOf("/") === name.length - 1);
  }

  /**
   * Where a request goes. The header and the start of the path mean the same, so `a/b/secret/x` is `secret/x` in `a/b`.
   * @throws VaultError 404 of a product that refuses a header which names no namespace
   */
  resolve(header: string | undefined, path: string): { readonly namespace: Namespace; readonly path: string } {
    if (!this.#traits.hasNamespaces) return { namespace: this.root, path };
    const trimmed = header?.replace(/^\/+|\/+$/g, "") ?? "";
    const named = trimmed === "" || trimmed === "root" ? "" : `${trimmed}/`;
    if (!this.#byPath.has(named) && this.#traits.refusesUnknownNamespace)
      throw new VaultError(404, "namespace not found");
    const whole = `${named}${path}`;
    const found = [...this.#byPath.keys()].filter((one) => whole.startsWith(one)).sort((a, b) => b.length - a.length);
    const namespace = this.#byPath.get(found[0] ?? "") ?? this.root;
    return { namespace, path: whole.slice(namespace.path.length) };
  }

  #add(path: string): Namespace {
    const policies = new Map(defaultPolicies().map((policy) => [policy.name, policy]));
    const id = path === "" ? "root" : randomBytes(4).toString("hex").slice(0, 5);
    const namespace: Namespace = { path, id, mounts: new Map(), policies };
    this.#furnish(namespace);
    this.#byPath.set(path, namespace);
    return namespace;
  }
}

function folder(path: string): string {
  return `${path.replace(/^\/+|\/+$/g, "")}/`;
}
