import { customMetadata } from "./custom-metadata.js";
import { boolField, durationField, intField, intsField, invalidField, mapField } from "./fields.js";
import { goDuration } from "./go-time.js";
import { namesBelow } from "./key-tree.js";
import { Kv2Secret, type Kv2Settings } from "./kv2-secret.js";
import type { Engine, EngineCall, EngineResponse, Fields, Operation } from "./logical.js";
import { mergePatch, sorted } from "./merge-patch.js";
import type { VaultClock } from "./vault-clock.js";
import { badRequest, unsupportedOperation } from "./vault-error.js";

const VERBS: Readonly<Record<Operation, string>> = {
  read: "get",
  list: "list",
  create: "put",
  update: "put",
  patch: "patch",
  delete: "delete",
};
const ROOT = "Non-listing operations on the root of a K/V v2 mount are not supported.";
const UPGRADING =
  "Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly.";

/** The secrets engine KV, version 2. */
export class Kv2Engine implements Engine {
  readonly type = "kv";
  /** A mount that was just made or upgraded refuses all with 400 for a moment. */
  upgrading = false;
  readonly #clock: VaultClock;
  readonly #cli: string;
  readonly #secrets = new Map<string, Kv2Secret>();
  readonly #settings: Kv2Settings = { maxVersions: 0, casRequired: false, deleteVersionAfterMs: 0 };

  /** @param cli the name of the command line, for warnings */
  constructor(clock: VaultClock, cli: string) {
    this.#clock = clock;
    this.#cli = cli;
  }

  exists(path: string): boolean {
    const [endpoint, name] = split(path);
    return (endpoint !== "data" && endpoint !== "metadata") || this.#secrets.has(name);
  }

  handle(call: EngineCall): EngineResponse | undefined {
    if (this.upgrading) throw badRequest(UPGRADING);
    const [endpoint, name] = split(call.path);
    const { operation, fields } = call;
    if (call.path === "config") return this.#config(operation, fields);
    switch (endpoint) {
      case "data":
        return this.#data(operation, name, fields);
      case "metadata":
        return this.#metadata(operation, name, fields);
      case "subkeys":
        return this.#subkeys(operation, name, fields);
      case "delete":
      case "undelete":
      case "destroy":
        return this.#eachVersion(operation, endpoint, name, fields);
      default:
        return this.#invalidPath(call.path, operation);
    }
  }

  #data(operation: Operation, name: string, fields: Fields): EngineResponse | undefined {
    if (operation === "read") return this.#read(name, intField(fields, "version") ?? 0);
    if (operation === "list") throw unsupportedOperation();
    if (operation === "patch") return this.#patch(name, fields);
    if (operation !== "delete") return this.#write(name, fields);
    const secret = this.#secrets.get(name);
    secret?.delete(secret.currentVersion);
    return undefined;
  }

  #read(name: string, number: number): EngineResponse | undefined {
    const secret = this.#secrets.get(name);
    const version = secret?.versions.get(number > 0 ? number : secret.currentVersion);
    if (secret === undefined || version === undefined) return undefined;
    const readable = secret.isReadable(version);
    const data = readable && version.json !== undefined ? (JSON.parse(version.json) as unknown) : null;
    return { ...(readable ? {} : { status: 404 }), data: { data, metadata: secret.describe(version) } };
  }

  #write(name: string, fields: Fields): EngineResponse {
    if (name === "") throw badRequest("missing path");
    const data = given(fields);
    const secret = this.#secrets.get(name) ?? new Kv2Secret(this.#clock);
    this.#checkAndSet(fields, secret);
    const version = secret.write(stored(data), this.#settings);
    this.#secrets.set(name, secret);
    return { data: secret.describe(version) };
  }

  #patch(name: string, fields: Fields): EngineResponse {
    const data = given(fields);
    const secret = this.#secrets.get(name);
    if (secret === undefined) return { status: 404, rawBody: "" };
    this.#checkAndSet(fields, secret);
    const current = secret.versions.get(secret.currentVersion);
    if (current === undefined) return { status: 404, rawBody: "" };
    if (current.json === undefined || !secret.isReadable(current))
      return { status: 404, data: secret.describe(current) };
    const version = secret.write(stored(mergePatch(JSON.parse(current.json), data)), this.#settings);
    return { data: secret.describe(version) };
  }

  #checkAndSet(fields: Fields, secret: Kv2Secret): void {
    const options = mapField(fields, "options") ?? {};
    if (options.cas === undefined) {
      if (this.#settings.casRequired || secret.settings.casRequired) {
        throw badRequest("check-and-set parameter required for this call");
      }
      return;
    }
    const cas = typeof options.cas === "string" ? Number(options.cas) : options.cas;
    if (typeof cas !== "number" || !Number.isInteger(cas)) throw badRequest("error parsing check-and-set parameter");
    if (cas !== secret.currentVersion) {
      throw badRequest("check-and-set parameter did not match the current version");
    }
  }

  #metadata(operation: Operation, name: string, fields: Fields): EngineResponse | undefined {
    if (operation === "list") return { data: { keys: namesBelow(this.#secrets.keys(), name) } };
    const secret = this.#secrets.get(name);
    if (operation === "read") return secret && { data: secret.metadata() };
    if (operation === "delete") {
      this.#secrets.delete(name);
      return undefined;
    }
    if (name === "") throw badRequest("missing path");
    const custom = mapField(fields, "custom_metadata");
    if (operation === "patch") {
      if (secret === undefined) return { status: 404, rawBody: "" };
      if (custom !== undefined) secret.customMetadata = customMetadata(mergePatch(secret.customMetadata, custom));
      return this.#set(secret.settings, fields) ?? { status: 204, rawBody: "" };
    }
    const written = custom === undefined ? undefined : customMetadata(custom);
    const target = secret ?? new Kv2Secret(this.#clock);
    target.touch();
    if (written !== undefined) target.customMetadata = written;
    this.#secrets.set(name, target);
    return this.#set(target.settings, fields);
  }

  #set(settings: Kv2Settings, fields: Fields): EngineResponse | undefined {
    const casRequired = boolField(fields, "cas_required");
    settings.maxVersions = intField(fields, "max_versions") ?? settings.maxVersions;
    settings.casRequired = casRequired ?? settings.casRequired;
    settings.deleteVersionAfterMs = durationField(fields, "delete_version_after") ?? settings.deleteVersionAfterMs;
    if (settings === this.#settings || casRequired !== false || !this.#settings.casRequired) return undefined;
    return {
      warnings: ['"cas_required" set to false, but is mandated by backend config. This value will be ignored.'],
    };
  }

  #config(operation: Operation, fields: Fields): EngineResponse | undefined {
    if (operation === "create" || operation === "update") return this.#set(this.#settings, fields);
    if (operation !== "read") throw unsupportedOperation();
    const { maxVersions, casRequired, deleteVersionAfterMs } = this.#settings;
    const deleteVersionAfter = goDuration(Math.max(deleteVersionAfterMs, 0));
    return {
      data: { cas_required: casRequired, delete_version_after: deleteVersionAfter, max_versions: maxVersions },
    };
  }

  #subkeys(operation: Operation, name: string, fields: Fields): EngineResponse | undefined {
    if (operation !== "read") throw unsupportedOperation();
    const response = this.#read(name, intField(fields, "version") ?? 0);
    if (response === undefined) return undefined;
    const { data, metadata } = response.data as { data: Fields | null; metadata: object };
    return { ...response, data: { metadata, subkeys: data && withoutValues(data) } };
  }

  #eachVersion(operation: Operation, what: "delete" | "undelete" | "destroy", name: string, fields: Fields): undefined {
    if (operation !== "create" && operation !== "update") throw unsupportedOperation();
    const numbers = intsField(fields, "versions");
    if (numbers.length === 0) throw badRequest(`${what === "destroy" ? "no" : "No"} version number provided`);
    const secret = this.#secrets.get(name);
    for (const number of numbers) secret?.[what](number, this.#settings);
    return undefined;
  }

  #invalidPath(path: string, operation: Operation): EngineResponse {
    const isRoot = ["metadata", "data", "delete", "undelete", "destroy"].includes(path);
    const help = `If using the ${this.#cli === "bao" ? "OpenBao" : "Vault"} CLI, use '${this.#cli} kv ${VERBS[operation]}' for this operation.`;
    const wrong = `Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. ${help}`;
    return { status: 404, warnings: [isRoot ? ROOT : wrong] };
  }
}

/** `data/app/db` is the secret `app/db` at the endpoint `data`; `data` alone is no endpoint. */
function split(path: string): [endpoint: string, name: string] {
  const slash = path.indexOf("/");
  return slash < 0 ? ["", path] : [path.slice(0, slash), path.slice(slash + 1)];
}

function given(fields: Fields): Fields {
  const data = fields.data;
  if (data === undefined) throw badRequest("no data provided");
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw invalidField("data", "expected a map");
  return data as Fields;
}

function stored(data: Fields): string {
  return JSON.stringify(sorted(data));
}

function withoutValues(data: Fields): Fields {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      const isFolder = typeof value === "object" && value !== null && !Array.isArray(value);
      return [key, isFolder && Object.keys(value).length > 0 ? withoutValues(value as Fields) : null];
    }),
  );
}
