import {
  type CallContext,
  type Clock,
  type ProviderRef,
  type ProviderSecret,
  type Secret,
  type SecretProvider,
  SecretsError,
  type SecretsErrorCode,
  type VersionInfo,
} from "../../src/index.js";
import type { FaultPhase } from "./fault-schedule.js";
import type { SeededRandom } from "./seeded-random.js";

/** What a store is asked for: the value, or its version alone. */
export type Question = "value" | "description";

/** The version of the value, or why there is none. */
export type StoreAnswer = number | SecretsErrorCode;

/** Hears of every question for a name, and of what core takes for the answer. */
export interface StoreWitness {
  asked(name: string): void;
  answered(name: string, question: Question, askedAtMs: number, answer: StoreAnswer): void;
}

/** The raw errors of this store's client. */
class StoreFault extends Error {
  constructor(readonly code: string) {
    super("the store failed");
  }
}

const codes: Readonly<Record<string, SecretsErrorCode>> = {
  SlowDown: "ERR_SECRETS_THROTTLED",
  Forbidden: "ERR_SECRETS_ACCESS_DENIED",
  NoSuchSecret: "ERR_SECRETS_NOT_FOUND",
};

/** A value says which it is, as a whole and in its member, so that none can be taken for another. */
export interface TaggedValue {
  readonly name: string;
  readonly version: number;
}

function textOf(tag: TaggedValue): string {
  return JSON.stringify({ tag });
}

/** What the secret as a whole tells of itself, or its member `tag`. */
export function tagOf(secret: Secret): TaggedValue {
  const revealed = secret.revealJson() as TaggedValue | { readonly tag: TaggedValue };
  return "tag" in revealed ? revealed.tag : revealed;
}

/** A store that fares as its schedule says and answers after a while of simulated time. */
export class FaultyStore implements SecretProvider {
  readonly name = "faulty";
  readonly capabilities = { stages: false, versions: false };
  declare readonly getMany?: NonNullable<SecretProvider["getMany"]>;
  declare readonly describe?: NonNullable<SecretProvider["describe"]>;
  /** Calls of the provider's methods; a batch is one. */
  calls = 0;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #schedule: readonly FaultPhase[];
  readonly #startMs: number;
  readonly #witness: StoreWitness;
  readonly #versions = new Map<string, number>();

  constructor(options: {
    readonly clock: Clock;
    readonly random: SeededRandom;
    readonly schedule: readonly FaultPhase[];
    readonly witness: StoreWitness;
    readonly batches: boolean;
    readonly describes: boolean;
  }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#schedule = options.schedule;
    this.#startMs = options.clock.now();
    this.#witness = options.witness;
    if (options.batches) this.getMany = (refs, context) => this.#getMany(refs, context);
    if (options.describes) this.describe = (ref, context) => this.#describe(ref, context);
  }

  rotate(name: string): void {
    this.#versions.set(name, this.versionOf(name) + 1);
  }

  versionOf(name: string): number {
    return this.#versions.get(name) ?? 1;
  }

  get phase(): FaultPhase {
    const atMs = this.#clock.now() - this.#startMs;
    const phase = this.#schedule.find(({ untilMs }) => atMs < untilMs) ?? this.#schedule.at(-1);
    if (phase === undefined) throw new RangeError("the schedule is empty");
    return phase;
  }

  async get(ref: ProviderRef, context: CallContext): Promise<ProviderSecret> {
    const [answer] = await this.#answers("value", [ref], context);
    if (answer instanceof Error || answer === undefined) throw answer;
    return answer;
  }

  classifyError(raw: unknown): SecretsErrorCode | undefined {
    return raw instanceof StoreFault ? codes[raw.code] : undefined; // core itself knows a refused connection
  }

  async #getMany(
    refs: readonly ProviderRef[],
    context: CallContext,
  ): Promise<ReadonlyMap<ProviderRef, ProviderSecret | Error>> {
    const answers = await this.#answers("value", refs, context);
    return new Map(refs.map((ref, index) => [ref, answers[index] ?? new StoreFault("Internal")]));
  }

  async #describe(ref: ProviderRef, context: CallContext): Promise<VersionInfo> {
    const [answer] = await this.#answers("description", [ref], context);
    if (answer instanceof Error || answer === undefined) throw answer;
    return answer.version === undefined ? {} : { version: answer.version };
  }

  /** The store reads at once and answers later, so an answer may be overtaken by a rotation. */
  async #answers(
    question: Question,
    refs: readonly ProviderRef[],
    { signal }: CallContext,
  ): Promise<readonly (ProviderSecret | Error)[]> {
    this.calls += 1;
    const askedAtMs = this.#clock.now();
    for (const { name } of refs) this.#witness.asked(name);
    const answers = refs.map(({ name }) => this.#answer(name));
    if (this.phase.kind === "hanging") {
      const timedOut = () => {
        for (const { name } of refs) this.#witness.answered(name, question, askedAtMs, "ERR_SECRETS_TIMEOUT");
      };
      signal.addEventListener("abort", timedOut, { once: true });
      await this.#tooLate();
      return answers;
    }
    await this.#clock.sleep(this.#random.whole(5, 200));
    for (const [index, { name }] of refs.entries()) {
      const answer = answers[index];
      this.#witness.answered(
        name,
        question,
        askedAtMs,
        answer instanceof StoreFault
          ? (this.classifyError(answer) ?? "ERR_SECRETS_UNAVAILABLE")
          : Number(answer?.version),
      );
    }
    return answers;
  }

  #answer(name: string): (ProviderSecret & { readonly version: string }) | StoreFault {
    const { kind, names } = this.phase;
    if (kind === "throttled") return new StoreFault("SlowDown");
    if (kind === "dead") return new StoreFault("ECONNREFUSED");
    if (names.has(name)) return new StoreFault(kind === "denied" ? "Forbidden" : "NoSuchSecret");
    const version = this.versionOf(name);
    return { value: textOf({ name, version }), version: String(version) };
  }

  /** Long after the deadline it answers with what was true once, or fails, or says nothing ever again. */
  async #tooLate(): Promise<void> {
    const way = this.#random.whole(1, 3);
    if (way === 1) await new Promise<never>(() => undefined);
    await this.#clock.sleep(this.#random.whole(30_000, 90_000));
    if (way === 2) throw new SecretsError("ERR_SECRETS_ACCESS_DENIED");
  }
}
