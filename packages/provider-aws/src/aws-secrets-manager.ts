import { setMaxListeners } from "node:events";
import type { SecretsManagerClient, SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import type {
  CallContext,
  ProviderCapabilities,
  ProviderNaming,
  ProviderRef,
  ProviderSecret,
  SecretProvider,
  SecretsErrorCode,
  VersionInfo,
  WriteContext,
} from "@qarion/secrets-core";
import { AwsClients } from "./aws-clients.js";
import { awsError, classifyAwsError, providerName } from "./aws-error.js";
import { loadAwsSdk } from "./aws-sdk.js";
import { batchRead, batchSize } from "./batch-read.js";
import { forEachOf } from "./for-each-of.js";
import { checkSecretId, isAbout, regionOf } from "./secret-id.js";
import { providerSecretOf } from "./secret-value.js";
import { stagingLabel } from "./staging-label.js";
import { promoteVersion, putVersion } from "./version-writes.js";

export interface AwsSecretsManagerOptions {
  /** Stands before every name, as it is: `"prod/"`. */
  readonly prefix?: string | undefined;
  /** The name or ARN of one JSON secret whose members are the secrets. Not together with `prefix`. */
  readonly bundle?: string | undefined;
  /** Default: `AWS_REGION`, as the SDK finds it. A secret asked for by its ARN is read in the region of the ARN. */
  readonly region?: string | undefined;
  /** A client of your own, which stays yours to close. It serves one region. */
  readonly client?: SecretsManagerClient | undefined;
  /** For the clients made here: credentials, endpoint, proxies. Default: 2 tries, 3 s to connect, else the SDK's own. */
  readonly clientOptions?: SecretsManagerClientConfig | undefined;
}

/** How many single reads of one batch are under way at once. */
const singlesAtOnce = 20;
/** After a denied batch call, single reads do for so long: whoever grants the permission later gets the batches back. */
const batchDeniedForMs = 10 * 60_000;
const ofOneSecret: ReadonlySet<SecretsErrorCode> = new Set([
  "ERR_SECRETS_NOT_FOUND",
  "ERR_SECRETS_VERSION_DISABLED",
  "ERR_SECRETS_ACCESS_DENIED",
  "ERR_SECRETS_INVALID_REF",
]);

/**
 * Secrets from AWS Secrets Manager. A name is a secret's name or its ARN; the stages are AWSCURRENT, AWSPREVIOUS and
 * AWSPENDING, a version is a `VersionId`. Current values that are asked for together come by `BatchGetSecretValue`, 20 to
 * a call, or one by one where that permission is missing. The SDK is imported with the first call.
 *
 * Its methods throw the SDK's errors, which core classifies by their names (`errorCodes`), and `SecretsError`s:
 * - `ERR_SECRETS_PROVIDER_NOT_INSTALLED`: `@aws-sdk/client-secrets-manager` is not installed
 * - `ERR_SECRETS_INVALID_CONFIG`: no region is known
 * - `ERR_SECRETS_INVALID_REF`: no name and no ARN; an ARN that stands for another secret; one of a region that the
 *   client handed in is not of
 * - `ERR_SECRETS_NOT_FOUND`: the version has no value yet
 * - `ERR_SECRETS_INVALID_VALUE`: `put` of an empty value, or of more than 64 KiB
 * - `ERR_SECRETS_UNSUPPORTED`: `put` of a previous value
 * - `ERR_SECRETS_CLOSED`
 */
export function awsSecretsManager(options: AwsSecretsManagerOptions = {}): SecretProvider {
  return new AwsSecretsManager(options);
}

class AwsSecretsManager implements SecretProvider {
  readonly name = providerName;
  readonly capabilities: ProviderCapabilities = { stages: true, versions: true, conditionalWrites: true };
  readonly naming: ProviderNaming;
  readonly #clients: AwsClients;
  readonly #region: string | undefined;
  #batchDeniedUntilMs = 0;

  constructor({ prefix, bundle, ...clients }: AwsSecretsManagerOptions) {
    this.naming = { prefix, bundle };
    this.#clients = new AwsClients(clients);
    const configured = clients.region ?? clients.clientOptions?.region;
    this.#region = typeof configured === "string" ? configured : undefined;
  }

  async get({ name, stage, version }: ProviderRef, { signal }: CallContext): Promise<ProviderSecret> {
    checkSecretId(name);
    const client = await this.#clientFor(name);
    const { GetSecretValueCommand } = await loadAwsSdk();
    const which = version === undefined ? { VersionStage: stagingLabel[stage] } : { VersionId: version };
    const answer = await client.send(new GetSecretValueCommand({ SecretId: name, ...which }), { abortSignal: signal });
    if (isAbout(answer, name)) return providerSecretOf(answer, name);
    throw awsError("ERR_SECRETS_INVALID_REF", "This ARN was taken for another secret's: write it in full.", name);
  }

  async getMany(
    refs: readonly ProviderRef[],
    context: CallContext,
  ): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>> {
    this.#clients.mustBeOpen();
    setMaxListeners(0, context.signal); // one for each call of the batch, and many at once are no leak
    const answers = new Map<ProviderRef, ProviderSecret | Error>();
    const inBatches = refs.filter((ref) => ref.stage === "current" && ref.version === undefined && this.#isValid(ref));
    await Promise.all(
      inChunks(inBatches, (ref) => this.#otherRegion(ref.name)).map((chunk) => this.#batch(chunk, context, answers)),
    );
    const left = refs.filter((ref) => !answers.has(ref));
    await forEachOf(left, singlesAtOnce, async (ref) => {
      answers.set(ref, await this.get(ref, context).catch((error: Error) => error));
    });
    return answers;
  }

  async *list(
    { prefix }: { readonly prefix?: string },
    { signal }: CallContext,
  ): AsyncIterable<{ readonly name: string }> {
    const client = await this.#clients.of(undefined);
    const { paginateListSecrets } = await loadAwsSdk();
    const filter = prefix ? { Filters: [{ Key: "name" as const, Values: [prefix] }] } : {};
    const pages = paginateListSecrets({ client }, { MaxResults: 100, ...filter }, { abortSignal: signal });
    for await (const { SecretList = [] } of pages) {
      // The service's filter takes a leading "!" for a negation.
      for (const { Name } of SecretList) if (Name?.startsWith(prefix ?? "")) yield { name: Name };
    }
  }

  async put(ref: ProviderRef, value: string | Uint8Array, context: WriteContext): Promise<VersionInfo> {
    checkSecretId(ref.name);
    return putVersion(await this.#clientFor(ref.name), ref, value, context);
  }

  async promote(name: string, version: string, { signal }: CallContext): Promise<void> {
    checkSecretId(name);
    await promoteVersion(await this.#clientFor(name), name, version, signal);
  }

  classifyError(raw: unknown): SecretsErrorCode | undefined {
    return classifyAwsError(raw);
  }

  close(): Promise<void> {
    return this.#clients.close();
  }

  /** Adds what the batch tells. What it leaves open is read one by one. */
  async #batch(
    refs: readonly ProviderRef[],
    { signal }: CallContext,
    answers: Map<ProviderRef, ProviderSecret | Error>,
  ): Promise<void> {
    const [first] = refs;
    if (!first || refs.length === 1 || Date.now() < this.#batchDeniedUntilMs) return;
    try {
      const client = await this.#clientFor(first.name);
      for (const [ref, answer] of await batchRead(client, refs, signal)) answers.set(ref, answer);
    } catch (error) {
      if (isNoBatch(error)) this.#batchDeniedUntilMs = Date.now() + batchDeniedForMs;
      // One secret that is denied, missing or disabled must not take the others with it; an outage is one for all.
      else if (!isOfOneSecret(error)) for (const ref of refs) answers.set(ref, error as Error);
    }
  }

  #clientFor(secretId: string): Promise<SecretsManagerClient> {
    return this.#clients.of(this.#otherRegion(secretId));
  }

  /** The region of an ARN, unless it is known to be the default one: names and ARNs of one region go together. */
  #otherRegion(secretId: string): string | undefined {
    const region = regionOf(secretId);
    return region === this.#region ? undefined : region;
  }

  #isValid({ name }: ProviderRef): boolean {
    try {
      checkSecretId(name);
      return true;
    } catch {
      return false; // its single read says why
    }
  }
}

/** This identity may not read in batches, or the endpoint is one that cannot. */
function isNoBatch(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return ["AccessDeniedException", "AccessDenied", "NotAuthorized", "UnknownOperationException"].includes(name);
}

/** What single reads may tell apart. */
function isOfOneSecret(error: unknown): boolean {
  const code = classifyAwsError(error);
  return code !== undefined && ofOneSecret.has(code);
}

function inChunks(
  refs: readonly ProviderRef[],
  regionOfRef: (ref: ProviderRef) => string | undefined,
): ProviderRef[][] {
  const byRegion = new Map<string | undefined, ProviderRef[]>();
  for (const ref of refs) {
    const region = regionOfRef(ref);
    const known = byRegion.get(region);
    if (known) known.push(ref);
    else byRegion.set(region, [ref]);
  }
  return [...byRegion.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / batchSize) }, (_, chunk) =>
      all.slice(chunk * batchSize, (chunk + 1) * batchSize),
    ),
  );
}
