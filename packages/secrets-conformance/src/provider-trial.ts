import { randomBytes } from "node:crypto";
import {
  type CallContext,
  createSecrets,
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  type Secrets,
  SecretsError,
  type SecretsErrorCode,
  type SecretsEvent,
  type Stage,
} from "@qarion/secrets-core";
import { nameAndCode } from "./error-facts.js";
import { BrokenClause, holds, NotApplicable } from "./outcome.js";
import type { ProviderFeature } from "./provider-features.js";
import type { FailureMode, ProviderUnderTest } from "./provider-harness.js";
import { callLimitMs, within } from "./within.js";

type Value = string | Uint8Array;

/** One provider under test, with what the clauses ask of it. Calls that get stuck or fail out of place break the clause. */
export class ProviderTrial {
  readonly provider: SecretProvider;
  readonly features: ReadonlySet<ProviderFeature>;
  readonly canaries: readonly string[];
  readonly #under: ProviderUnderTest;
  readonly #base = `conformance_${randomBytes(6).toString("hex")}`;
  readonly #opened: Secrets[] = [];

  constructor(under: ProviderUnderTest, features: ReadonlySet<ProviderFeature>) {
    this.#under = under;
    this.provider = under.provider;
    this.canaries = under.canaries ?? [];
    this.features = features;
  }

  /** A name that nobody else uses. */
  name(part: string): string {
    return `${this.#base}_${part}`;
  }

  async seed(name: string, value: Value, stage?: Stage): Promise<void> {
    const seeded = async () => this.#under.seed(name, value, ...(stage === undefined ? [] : [{ stage }]));
    await within(callLimitMs, "the harness's seed()", seeded());
  }

  async fail(mode: FailureMode | undefined): Promise<void> {
    if (!this.#under.fail) throw new NotApplicable("the harness has no fail()");
    await within(callLimitMs, "the harness's fail()", (async () => this.#under.fail?.(mode))());
  }

  /** A read of the provider itself. @throws whatever it throws */
  read(ref: string | ProviderRef, stage: Stage = "current", signal?: AbortSignal): Promise<ProviderSecret> {
    return this.call("get()", (context) => this.provider.get(refOf(ref, stage), context), signal);
  }

  /** A batch read of the provider itself. */
  readMany(refs: readonly ProviderRef[]): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>> {
    const { provider } = this;
    return this.call("getMany()", async (context) => {
      const answers = await provider.getMany?.(refs, context);
      holds(answers instanceof Map, "getMany() answered with something that is no Map");
      return answers;
    });
  }

  async names(options: { readonly prefix?: string } = {}): Promise<readonly unknown[]> {
    return this.call("list()", async (context) => {
      const items: unknown[] = [];
      for await (const item of this.provider.list?.(options, context) ?? []) items.push(item);
      return items;
    });
  }

  /** Any call of the provider, with a signal and within the limit. */
  call<T>(what: string, run: (context: CallContext) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const context = { signal: signal ?? new AbortController().signal };
    return within(
      callLimitMs,
      what,
      Promise.resolve().then(() => run(context)),
    );
  }

  /** Reads and compares, from the provider and from core in front of it. */
  async expectValue(name: string, value: Value, what: string, stage: Stage = "current"): Promise<void> {
    expectSame((await this.read(name, stage)).value, value, `${what}, asked of the provider`);
    const secret = await this.core().get(stage === "current" ? name : { name, stage });
    expectSame(secret.revealBytes(), value, `${what}, asked of core`);
  }

  /** The provider refuses, by one of these codes as core classifies it, and so does core in front of it. */
  async expectCode(ref: ProviderRef, codes: readonly SecretsErrorCode[], what: string): Promise<void> {
    await this.expectFailure(codes, `get() of ${what}`, () => this.read(ref));
    const { name, stage, version } = ref;
    await this.expectFailure(codes, `core's get() of ${what}`, () =>
      this.core().get(version === undefined ? { name, stage } : { name, version }),
    );
  }

  /** The call fails by one of these codes. */
  async expectFailure(codes: readonly SecretsErrorCode[], what: string, run: () => Promise<unknown>): Promise<unknown> {
    const error = await this.errorOf(what, run);
    const code = await this.codeOf(error);
    holds(codes.includes(code), `${what} failed with ${code} (${nameAndCode(error)})`);
    return error;
  }

  /** What the call fails with. @throws BrokenClause when it does not */
  async errorOf(what: string, run: () => Promise<unknown>): Promise<unknown> {
    try {
      await run();
    } catch (error) {
      if (error instanceof BrokenClause) throw error;
      return error;
    }
    throw new BrokenClause(`${what} gave an answer`);
  }

  /** The code that core gives to an error of this provider. */
  async codeOf(raw: unknown): Promise<SecretsErrorCode> {
    if (SecretsError.is(raw)) return raw.code;
    const { provider } = this;
    const thrower: SecretProvider = {
      name: "thrower",
      capabilities: { stages: false, versions: false },
      get: () => Promise.reject(raw),
      classifyError: (each) => provider.classifyError?.(each),
    };
    const secrets = createSecrets({ provider: thrower, cache: false });
    try {
      await secrets.get("error");
    } catch (error) {
      if (SecretsError.is(error)) return error.code;
      throw error;
    } finally {
      await secrets.close();
    }
    throw new BrokenClause("an error counted as a value");
  }

  /** Core in front of the provider, without a cache. */
  core(options: { timeoutMs?: number; onEvent?: (event: SecretsEvent) => void } = {}): Secrets {
    const provider = bare(this.provider);
    const secrets = createSecrets({ provider, cache: false, timeoutMs: callLimitMs, ...options });
    this.#opened.push(secrets);
    return secrets;
  }

  /** Ends the trial. The error of a case that failed already is not replaced by one of the clean-up. */
  async end(failed: boolean): Promise<void> {
    const closed = await Promise.allSettled([
      ...this.#opened.map((secrets) => secrets.close()),
      within(callLimitMs, "the harness's close()", (async () => this.#under.close())()),
    ]);
    const broken = closed.find((result) => result.status === "rejected");
    if (broken && !failed) throw broken.reason;
  }
}

/** Closing it is the harness's, and two cases' own subject; names are those of the store, which its naming is not for. */
function bare(provider: SecretProvider): SecretProvider {
  return new Proxy({} as SecretProvider, {
    get(_, name) {
      const member: unknown = name === "close" || name === "naming" ? undefined : Reflect.get(provider, name, provider);
      return typeof member === "function" ? member.bind(provider) : member;
    },
  });
}

function refOf(ref: string | ProviderRef, stage: Stage = "current"): ProviderRef {
  return typeof ref === "string" ? { name: ref, stage } : ref;
}

/** Text and bytes are one: a store that knows bytes alone hands out text as bytes, and core turns it into text. */
export function isSame(value: unknown, expected: Value): boolean {
  if (typeof value !== "string" && !(value instanceof Uint8Array)) return false;
  return bytesOf(value).equals(bytesOf(expected));
}

export function expectSame(value: unknown, expected: Value, what: string): asserts value is Value {
  if (typeof value !== "string" && !(value instanceof Uint8Array)) {
    throw new BrokenClause(`${what}: the answer is neither a string nor a Uint8Array, but ${typeof value}`);
  }
  const [found, stored] = [bytesOf(value), bytesOf(expected)];
  holds(found.length === stored.length, `${what}: ${found.length} bytes came back where ${stored.length} were stored`);
  holds(found.equals(stored), `${what}: other bytes came back, of the right length`);
}

function bytesOf(value: Value): Buffer {
  return typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
}
