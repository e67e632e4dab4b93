import { randomUUID } from "node:crypto";
import { boolField, durationField, intField, mapField, textField } from "./fields.js";
import { instant } from "./go-time.js";
import type { Engine, EngineCall, EngineResponse, Fields } from "./logical.js";
import {
  describeParameters,
  type GiveToken,
  NO_PARAMETERS,
  type TokenParameters,
  tokenParameters,
} from "./login-grant.js";
import { UserLockout } from "./user-lockout.js";
import type { VaultClock } from "./vault-clock.js";
import { badRequest, unsupportedOperation, VaultError } from "./vault-error.js";

interface SecretId {
  readonly accessor: string;
  readonly createdAtMs: number;
  readonly ttlMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** 0: without a limit. */
  usesLeft: number;
}

interface Role {
  roleId: string;
  bindSecretId: boolean;
  secretIdNumUses: number;
  secretIdTtlMs: number;
  parameters: TokenParameters;
  readonly secretIds: Map<string, SecretId>;
}

/** The auth method AppRole, at whatever path it is mounted. */
export class AppRoleEngine implements Engine {
  readonly type = "approle";
  readonly #clock: VaultClock;
  readonly #giveToken: GiveToken;
  readonly #lockout: UserLockout;
  readonly #roles = new Map<string, Role>();

  constructor(clock: VaultClock, giveToken: GiveToken) {
    this.#clock = clock;
    this.#giveToken = giveToken;
    this.#lockout = new UserLockout(clock);
  }

  exists(path: string): boolean {
    const [, name, rest] = path.split("/");
    return rest !== undefined || name === undefined || this.#roles.has(name);
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
    const [folder, name = "", ...rest] = path.split("/");
    if (folder !== "role") throw new VaultError(404, "unsupported path");
    if (operation === "list" && name === "") return { data: { keys: [...this.#roles.keys()].sort() } };
    if (rest.length > 0) return this.#partOf(name, rest.join("/"), isWrite, fields);
    if (isWrite) return this.#writeRole(name, fields);
    if (operation === "delete") return void this.#roles.delete(name);
    if (operation === "read") return this.#readRole(name);
    throw unsupportedOperation();
  }

  #writeRole(name: string, fields: Fields): undefined {
    const role = this.#roles.get(name) ?? {
      roleId: randomUUID(),
      bindSecretId: true,
      secretIdNumUses: 0,
      secretIdTtlMs: 0,
      parameters: NO_PARAMETERS,
      secretIds: new Map<string, SecretId>(),
    };
    role.bindSecretId = boolField(fields, "bind_secret_id") ?? role.bindSecretId;
    role.secretIdNumUses = intField(fields, "secret_id_num_uses") ?? role.secretIdNumUses;
    role.secretIdTtlMs = durationField(fields, "secret_id_ttl") ?? role.secretIdTtlMs;
    role.parameters = tokenParameters(fields, role.parameters);
    if (textField(fields, "role_id") !== "") role.roleId = textField(fields, "role_id");
    this.#roles.set(name, role);
    return undefined;
  }

  #readRole(name: string): EngineResponse | undefined {
    const role = this.#roles.get(name);
    return (
      role && {
        data: {
          bind_secret_id: role.bindSecretId,
          secret_id_num_uses: role.secretIdNumUses,
          secret_id_ttl: role.secretIdTtlMs / 1_000,
          ...describeParameters(role.parameters),
        },
      }
    );
  }

  #partOf(name: string, part: string, isWrite: boolean, fields: Fields): EngineResponse | undefined {
    const role = this.#roles.get(name);
    if (role === undefined) {
      if (isWrite) throw badRequest(`role ${JSON.stringify(name)} does not exist`);
      return undefined;
    }
    if (part === "role-id" && !isWrite) return { data: { role_id: role.roleId } };
    if (!isWrite) throw unsupportedOperation();
    switch (part) {
      case "role-id":
        role.roleId = textField(fields, "role_id");
        return undefined;
      case "secret-id":
        return this.#addSecretId(role, fields, randomUUID());
      case "custom-secret-id":
        return this.#addSecretId(role, fields, textField(fields, "secret_id"));
      case "secret-id/lookup":
        return this.#describeSecretId(role, textField(fields, "secret_id"));
      case "secret-id/destroy":
        return void role.secretIds.delete(textField(fields, "secret_id"));
      default:
        throw new VaultError(404, "unsupported path");
    }
  }

  #addSecretId(role: Role, fields: Fields, secretId: string): EngineResponse {
    if (!role.bindSecretId) throw badRequest("bind_secret_id is not set on the role");
    const usesLeft = intField(fields, "num_uses") ?? role.secretIdNumUses;
    const ttlMs = durationField(fields, "ttl") ?? role.secretIdTtlMs;
    const accessor = randomUUID();
    role.secretIds.set(secretId, {
      accessor,
      createdAtMs: this.#clock.now(),
      ttlMs,
      metadata: metadataOf(fields),
      usesLeft,
    });
    return {
      data: {
        secret_id: secretId,
        secret_id_accessor: accessor,
        secret_id_num_uses: usesLeft,
        secret_id_ttl: ttlMs / 1_000,
      },
    };
  }

  #describeSecretId(role: Role, secretId: string): EngineResponse | undefined {
    const found = this.#liveSecretId(role, secretId);
    if (found === undefined) return undefined;
    const expiration = found.ttlMs === 0 ? "0001-01-01T00:00:00Z" : instant(found.createdAtMs + found.ttlMs).text;
    return {
      data: {
        creation_time: instant(found.createdAtMs).text,
        expiration_time: expiration,
        metadata: found.metadata,
        secret_id_accessor: found.accessor,
        secret_id_num_uses: found.usesLeft,
        secret_id_ttl: found.ttlMs / 1_000,
      },
    };
  }

  #liveSecretId(role: Role, secretId: string): SecretId | undefined {
    const found = role.secretIds.get(secretId);
    const isOver = found !== undefined && found.ttlMs > 0 && this.#clock.now() >= found.createdAtMs + found.ttlMs;
    if (isOver) role.secretIds.delete(secretId);
    return isOver ? undefined : found;
  }

  #login(call: EngineCall): EngineResponse {
    const roleId = textField(call.fields, "role_id").trim();
    // With lockout on, as it is by default, the server stumbles before the method can say what is missing.
    if (roleId === "") throw new VaultError(500, "failed to determine alias name from login request");
    this.#lockout.check(roleId);
    const found = [...this.#roles].find(([, role]) => role.roleId === roleId);
    if (found === undefined) throw badRequest("invalid role or secret ID");
    const [name, role] = found;
    const metadata = role.bindSecretId ? this.#useSecretId(role, roleId, call.fields) : {};
    this.#lockout.succeeded(roleId);
    return this.#giveToken(call, {
      displayName: "",
      meta: { ...metadata, role_name: name },
      parameters: role.parameters,
      alias: roleId,
      limits: () => {
        const current = this.#roles.get(name);
        if (current === undefined)
          throw new VaultError(500, `role ${JSON.stringify(name)} does not exist during renewal`);
        return current.parameters;
      },
    });
  }

  #useSecretId(role: Role, roleId: string, fields: Fields): Readonly<Record<string, string>> {
    const given = textField(fields, "secret_id").trim();
    if (given === "") throw badRequest("missing secret_id");
    const secretId = this.#liveSecretId(role, given);
    if (secretId === undefined) {
      this.#lockout.failed(roleId);
      throw badRequest("invalid role or secret ID");
    }
    if (secretId.usesLeft === 1) role.secretIds.delete(given);
    else if (secretId.usesLeft > 1) secretId.usesLeft--;
    return secretId.metadata;
  }
}

/** A JSON object as text, as the API wants it, or the object. */
function metadataOf(fields: Fields): Readonly<Record<string, string>> {
  const given = fields.metadata;
  const metadata =
    typeof given === "string" && given !== "" ? (JSON.parse(given) as Fields) : mapField(fields, "metadata");
  return Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, String(value)]));
}
