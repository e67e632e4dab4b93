import type { Stage } from "@qarion/secrets-core";
import type { FailureMode } from "../../src/index.js";

export type Value = string | Uint8Array;
export interface StoredVersion {
  readonly value: Value;
  readonly versionId: string;
  readonly stagedAt: Date;
}
export interface PutOptions {
  /** Fails unless this version is the current one. */
  readonly ifVersionId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface ReadOptions {
  readonly stage?: Stage | undefined;
  readonly versionId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An error as cloud clients throw them: its name tells what is wrong, and it carries the whole exchange. */
export class AcmeError extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId: string };
  readonly $response: { readonly headers: Readonly<Record<string, string>> };

  constructor(name: string, status: number, token: string) {
    super(`${name}: the request with authorization Bearer ${token} failed`);
    this.name = name;
    this.$metadata = { httpStatusCode: status, requestId: "0f3c9a52-request" };
    this.$response = { headers: { authorization: `Bearer ${token}` } };
  }
}

const failures: Readonly<Record<Exclude<FailureMode, "hang">, readonly [string, number]>> = {
  denied: ["AccessDeniedException", 400],
  throttled: ["ThrottlingException", 400],
  unavailable: ["InternalServiceError", 500],
  unauthenticated: ["ExpiredTokenException", 400],
};
const mostInBatch = 20;
const pageSize = 2;

/** A store in memory that behaves as those of the clouds do: asynchronous, versioned, staged, paged, failing on demand. */
export class AcmeStore {
  readonly token: string;
  readonly #secrets = new Map<string, { versions: Map<string, StoredVersion>; stages: Map<Stage, string> }>();
  #failing: FailureMode | undefined;
  #lastVersion = 0;

  constructor(token: string) {
    this.token = token;
  }

  fail(mode: FailureMode | undefined): void {
    this.#failing = mode;
  }

  write(name: string, value: Value, stage: Stage = "current"): StoredVersion {
    const secret = this.#secrets.get(name) ?? { versions: new Map(), stages: new Map() };
    this.#secrets.set(name, secret);
    this.#lastVersion += 1;
    const kept = typeof value === "string" ? value : Uint8Array.from(value);
    const version = { value: kept, versionId: `v${this.#lastVersion}`, stagedAt: new Date() };
    secret.versions.set(version.versionId, version);
    secret.stages.set(stage, version.versionId);
    return version;
  }

  async put(name: string, value: Value, stage: Stage, options: PutOptions = {}): Promise<StoredVersion> {
    await this.#answer(options.signal);
    const current = this.#secrets.get(name)?.stages.get("current");
    if (options.ifVersionId !== undefined && options.ifVersionId !== current)
      throw this.#error("ConflictException", 409);
    const version = this.write(name, value, stage);
    if (stage === "current" && current) this.#secrets.get(name)?.stages.set("previous", current);
    return version;
  }

  async promote(name: string, versionId: string, signal?: AbortSignal): Promise<void> {
    await this.#answer(signal);
    const secret = this.#secrets.get(name);
    if (!secret?.versions.has(versionId)) throw this.#error("ResourceNotFoundException", 404);
    const current = secret.stages.get("current");
    if (current) secret.stages.set("previous", current);
    secret.stages.set("current", versionId);
    if (secret.stages.get("pending") === versionId) secret.stages.delete("pending");
  }

  async read(name: string, { stage = "current", versionId, signal }: ReadOptions = {}): Promise<StoredVersion> {
    await this.#answer(signal);
    const secret = this.#secrets.get(name);
    const found = secret?.versions.get(versionId ?? secret.stages.get(stage) ?? "");
    if (!found) throw this.#error("ResourceNotFoundException", 404);
    return found;
  }

  /** At most 20 at once, two to a page, and no errors but a list of what failed. */
  async readBatch(
    asked: readonly { name: string; stage: Stage; versionId?: string | undefined }[],
    from: number,
    signal?: AbortSignal,
  ): Promise<{ readonly page: readonly (StoredVersion | AcmeError)[]; readonly next: number | undefined }> {
    if (asked.length === 0 || asked.length > mostInBatch) throw this.#error("ValidationException", 400);
    await this.#answer(signal);
    const page = await Promise.all(
      asked
        .slice(from, from + pageSize)
        .map(({ name, ...options }) =>
          this.read(name, { ...options, signal }).catch((error: unknown) => error as AcmeError),
        ),
    );
    const next = from + pageSize;
    return { page, next: next < asked.length ? next : undefined };
  }

  async *names(prefix: string, signal?: AbortSignal): AsyncIterable<string> {
    for (const name of this.#secrets.keys()) {
      await this.#answer(signal);
      if (name.startsWith(prefix)) yield name;
    }
    await this.#answer(signal);
  }

  /** The time of the network, and the failure that is on. */
  async #answer(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#failing === "hang") {
      await new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    if (this.#failing !== undefined && this.#failing !== "hang") throw this.#error(...failures[this.#failing]);
  }

  #error(name: string, status: number): AcmeError {
    return new AcmeError(name, status, this.token);
  }
}
