import type { ProviderRef, ProviderSecret, SecretProvider, Stage, VersionInfo } from "./provider.js";
import { SecretsError, type SecretsErrorCode } from "./secrets-error.js";

/** A provider that keeps its secrets in memory: for tests, and for what a program makes itself. */
export interface MemoryProvider extends SecretProvider {
  /** Stores a new version and gives it the stage, `"current"` by default. */
  set(name: string, value: string | Uint8Array, options?: { stage?: Stage }): void;
  delete(name: string): void;
  /** The current value becomes the previous one, and this one current. */
  rotate(name: string, value: string | Uint8Array): void;
  /** Makes every call fail with this code, until `undefined`. */
  fail(code: SecretsErrorCode | undefined): void;
}

interface StoredSecret {
  readonly versions: Map<string, string | Uint8Array>;
  readonly stages: Map<Stage, string>;
}

export function memoryProvider(initial: Record<string, string | Uint8Array> = {}): MemoryProvider {
  const provider = new InMemory();
  for (const [name, value] of Object.entries(initial)) provider.set(name, value);
  return provider;
}

class InMemory implements MemoryProvider {
  readonly name = "memory";
  readonly capabilities = { stages: true, versions: true, durable: false, conditionalWrites: true };
  readonly #secrets = new Map<string, StoredSecret>();
  #lastVersion = 0;
  #failure: SecretsErrorCode | undefined;

  set(name: string, value: string | Uint8Array, options: { stage?: Stage } = {}): void {
    const { versions, stages } = this.#stored(name);
    const version = String(++this.#lastVersion);
    versions.set(version, copyOf(value));
    stages.set(options.stage ?? "current", version);
  }

  delete(name: string): void {
    this.#secrets.delete(name);
  }

  rotate(name: string, value: string | Uint8Array): void {
    const { stages } = this.#stored(name);
    const current = stages.get("current");
    if (current !== undefined) stages.set("previous", current);
    this.set(name, value);
  }

  fail(code: SecretsErrorCode | undefined): void {
    this.#failure = code;
  }

  async get(ref: ProviderRef): Promise<ProviderSecret> {
    return this.#read(ref);
  }

  async getMany(refs: readonly ProviderRef[]): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>> {
    return new Map(refs.map((ref) => [ref, this.#attempt(ref)]));
  }

  async describe(ref: ProviderRef): Promise<VersionInfo> {
    const { version } = this.#read(ref);
    return version === undefined ? {} : { version };
  }

  async *list({ prefix = "" }: { readonly prefix?: string } = {}): AsyncIterable<{ readonly name: string }> {
    this.#mayFail();
    for (const name of this.#secrets.keys()) {
      if (name.startsWith(prefix)) yield { name };
    }
  }

  async put(
    ref: ProviderRef,
    value: string | Uint8Array,
    { ifVersion }: { readonly ifVersion?: string } = {},
  ): Promise<VersionInfo> {
    this.#mayFail(ref.name);
    if (ifVersion !== undefined && this.#secrets.get(ref.name)?.stages.get("current") !== ifVersion) {
      const hint = "Another version is current by now. Read it, and try again.";
      throw new SecretsError("ERR_SECRETS_UNAVAILABLE", { provider: this.name, secretName: ref.name, hint });
    }
    if (ref.stage === "current") this.rotate(ref.name, value);
    else this.set(ref.name, value, { stage: ref.stage });
    return { version: String(this.#lastVersion) };
  }

  async promote(name: string, version: string): Promise<void> {
    this.#mayFail(name);
    const secret = this.#secrets.get(name);
    if (!secret?.versions.has(version)) throw notFound(name);
    const { stages } = secret;
    const current = stages.get("current");
    if (current === version) return;
    if (current !== undefined) stages.set("previous", current);
    stages.set("current", version);
    if (stages.get("pending") === version) stages.delete("pending");
  }

  #stored(name: string): StoredSecret {
    let secret = this.#secrets.get(name);
    if (!secret) {
      secret = { versions: new Map(), stages: new Map() };
      this.#secrets.set(name, secret);
    }
    return secret;
  }

  #read({ name, stage, version: wanted }: ProviderRef): ProviderSecret {
    this.#mayFail(name);
    const secret = this.#secrets.get(name);
    const version = wanted ?? secret?.stages.get(stage);
    const value = version === undefined ? undefined : secret?.versions.get(version);
    if (version === undefined || value === undefined) throw notFound(name);
    return { value: copyOf(value), version };
  }

  #attempt(ref: ProviderRef): ProviderSecret | Error {
    try {
      return this.#read(ref);
    } catch (error) {
      return error as SecretsError;
    }
  }

  #mayFail(secretName?: string): void {
    if (this.#failure === undefined) return;
    throw new SecretsError(this.#failure, {
      provider: this.name,
      hint: "The memory provider was told to fail.",
      ...(secretName === undefined ? {} : { secretName }),
    });
  }
}

function notFound(secretName: string): SecretsError {
  return new SecretsError("ERR_SECRETS_NOT_FOUND", { secretName, provider: "memory" });
}

function copyOf(value: string | Uint8Array): string | Uint8Array {
  return typeof value === "string" ? value : Uint8Array.from(value);
}
