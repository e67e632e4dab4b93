import {
  type CallContext,
  type ProviderCapabilities,
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  SecretsError,
  type SecretsErrorCode,
  type VersionInfo,
  type WriteContext,
} from "@qarion/secrets-core";
import type { AcmeStore, StoredVersion, Value } from "./acme-store.js";

const codes: ReadonlyMap<unknown, SecretsErrorCode> = new Map([
  ["ResourceNotFoundException", "ERR_SECRETS_NOT_FOUND"],
  ["AccessDeniedException", "ERR_SECRETS_ACCESS_DENIED"],
  ["ThrottlingException", "ERR_SECRETS_THROTTLED"],
  ["InternalServiceError", "ERR_SECRETS_UNAVAILABLE"],
  ["ExpiredTokenException", "ERR_SECRETS_UNAUTHENTICATED"],
]);
const batchSize = 20;

/** A provider with every method there is and no fault: each faulty one differs from it in one place. */
export class SoundProvider implements SecretProvider {
  readonly name: string = "acme";
  readonly capabilities: ProviderCapabilities = { stages: true, versions: true, conditionalWrites: true };
  protected readonly store: AcmeStore;
  protected closed = false;

  constructor(store: AcmeStore) {
    this.store = store;
  }

  async get(ref: ProviderRef, { signal }: CallContext): Promise<ProviderSecret> {
    this.mustBeOpen();
    return secretOf(await this.store.read(ref.name, { stage: ref.stage, versionId: ref.version, signal }));
  }

  async getMany(
    refs: readonly ProviderRef[],
    { signal }: CallContext,
  ): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>> {
    this.mustBeOpen();
    const answers = new Map<ProviderRef, ProviderSecret | Error>();
    for (let start = 0; start < refs.length; start += batchSize) {
      const chunk = refs.slice(start, start + batchSize);
      const asked = chunk.map(({ name, stage, version }) => ({ name, stage, versionId: version }));
      for (let from: number | undefined = 0; from !== undefined; ) {
        const { page, next } = await this.store.readBatch(asked, from, signal);
        for (const [index, item] of page.entries()) {
          const ref = chunk[from + index];
          if (ref) answers.set(ref, item instanceof Error ? item : secretOf(item));
        }
        from = next;
      }
    }
    return answers;
  }

  async describe(ref: ProviderRef, context: CallContext): Promise<VersionInfo> {
    const { value: _, ...info } = await this.get(ref, context);
    return info;
  }

  async *list({ prefix = "" }: { readonly prefix?: string }, { signal }: CallContext): AsyncIterable<{ name: string }> {
    this.mustBeOpen();
    for await (const name of this.store.names(prefix, signal)) yield { name };
  }

  async put({ name, stage }: ProviderRef, value: Value, { signal, ifVersion }: WriteContext): Promise<VersionInfo> {
    this.mustBeOpen();
    const { versionId, stagedAt } = await this.store.put(name, value, stage, { signal, ifVersionId: ifVersion });
    return { version: versionId, activatedAt: stagedAt };
  }

  async promote(name: string, version: string, { signal }: CallContext): Promise<void> {
    this.mustBeOpen();
    await this.store.promote(name, version, signal);
  }

  async *watch({ signal }: CallContext): AsyncIterable<{ readonly name?: string }> {
    this.mustBeOpen();
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    yield* [];
  }

  classifyError(raw: unknown): SecretsErrorCode | undefined {
    return raw instanceof Error ? codes.get(raw.name) : undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  protected mustBeOpen(): void {
    if (this.closed) throw new SecretsError("ERR_SECRETS_CLOSED", { provider: this.name });
  }
}

export function secretOf({ value, versionId, stagedAt }: StoredVersion): ProviderSecret {
  return {
    value: typeof value === "string" ? value : Uint8Array.from(value),
    version: versionId,
    activatedAt: stagedAt,
  };
}
