import { accessMessage } from "./messages.js";
import { readAliases, readLabels } from "./operations/secret-input.js";
import { checkSecretId, type SecretRef } from "./resource-name.js";
import type { SecretStore } from "./secret-store.js";
import type { StoredSecret, StoredVersion, VersionState } from "./stored-secret.js";

/** A secret's id, or its id and location. */
export type SecretAddress = string | { readonly id: string; readonly location: string };

export interface SeedProperties {
  /** The first is version 1. */
  readonly versions?: readonly (string | Uint8Array)[];
  readonly aliases?: Readonly<Record<string, number>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What the server holds, for a test to arrange and to look at. It asks for no permission and appears in no journal. */
export interface SeededSecrets {
  /** @throws RangeError when there is one already; RpcError for what the service would refuse */
  add(address: SecretAddress, properties?: SeedProperties): void;
  /** @returns its number */
  addVersion(address: SecretAddress, value: string | Uint8Array): number;
  /** A destroyed version stays so. */
  setState(address: SecretAddress, version: number, state: VersionState): void;
  /** In place of the aliases that there are. */
  setAliases(address: SecretAddress, aliases: Readonly<Record<string, number>>): void;
  remove(address: SecretAddress): void;
  /** @returns undefined where there is no such secret */
  describe(address: SecretAddress): SecretDescription | undefined;
  /** The data of a version, whatever its state. @throws RangeError when it is destroyed or was never there */
  payload(address: SecretAddress, version: number): Buffer;
}

/** Without values. */
export interface SecretDescription {
  readonly etag: string;
  readonly aliases: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  /** The oldest first. */
  readonly versions: readonly { readonly number: number; readonly state: VersionState; readonly createdAtMs: number }[];
}

export function seededSecrets(store: SecretStore): SeededSecrets {
  const secretAt = (address: SecretAddress): StoredSecret => {
    const secret = store.find(refOf(address));
    if (secret === undefined) throw new RangeError(`no secret ${refOf(address).id} in the fake`);
    return secret;
  };

  const versionAt = (address: SecretAddress, number: number): StoredVersion => {
    const version = secretAt(address).versions[number - 1];
    if (version === undefined) throw new RangeError(`no version ${number} of ${refOf(address).id} in the fake`);
    return version;
  };

  const addVersion = (address: SecretAddress, value: string | Uint8Array) =>
    store.addVersion(secretAt(address), Buffer.from(value), false).number;

  return {
    addVersion,
    add(address, { versions = [], aliases = {}, labels = {} } = {}) {
      const ref = refOf(address);
      if (store.find(ref) !== undefined) throw new RangeError(`a secret ${ref.id} is in the fake already`);
      checkSecretId(ref.id);
      const checked = { aliases: readAliases(aliases, versions.length), labels: readLabels(labels) };
      const secret = store.create(ref, {
        ...(ref.location === undefined && { replication: { automatic: {} } }),
        labels: checked.labels,
      });
      for (const value of versions) addVersion(address, value);
      secret.aliases = checked.aliases;
    },
    setState(address, number, state) {
      const version = versionAt(address, number);
      if (version.state === "DESTROYED") throw new RangeError(`version ${number} is destroyed`);
      if (state === "DESTROYED") store.destroy(version);
      else version.state = state;
      store.touch(version);
    },
    setAliases(address, aliases) {
      const secret = secretAt(address);
      secret.aliases = readAliases(aliases, secret.versions.length);
      store.touch(secret);
    },
    remove(address) {
      secretAt(address);
      store.remove(refOf(address));
    },
    describe(address) {
      const secret = store.find(refOf(address));
      if (secret === undefined) return undefined;
      const { etag, aliases, labels } = secret;
      const versions = secret.versions.map(({ number, state, createdAtMs }) => ({ number, state, createdAtMs }));
      return { etag, aliases, labels, versions };
    },
    payload(address, number) {
      const version = versionAt(address, number);
      if (version.data === undefined) throw new RangeError(`version ${number} is destroyed`);
      return accessMessage(secretAt(address), version, version.data).payload.data;
    },
  };
}

function refOf(address: SecretAddress): SecretRef {
  return typeof address === "string" ? { id: address, location: undefined } : address;
}
