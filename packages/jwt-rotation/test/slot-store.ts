import { randomBytes } from "node:crypto";
import {
  type CreateSecretsOptions,
  createSecrets,
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  SecretsError,
  type SecretsErrorCode,
} from "@qarion/secrets-core";
import { type FakeClock, fakeClock } from "@qarion-testing/support";
import { createJwtKeyRing, type JwtKeyRing, type JwtKeyRingOptions } from "../src/index.js";

/** What a slot answers: a value, a value with the time of its activation, or an error. `undefined`: not found. */
export type Answer = string | ProviderSecret | { readonly code: SecretsErrorCode } | undefined;

/** A store of slots (`NAME`, `NAME@previous`, `NAME@pending`) whose every answer is set by the test. */
export class SlotStore implements SecretProvider {
  readonly name = "slots";
  readonly capabilities = { stages: true, versions: false };
  answers: Record<string, Answer>;
  /** How often each slot was asked for. */
  readonly asked: Record<string, number> = {};
  /** Runs before each answer. */
  before: () => void | Promise<void> = () => undefined;

  constructor(answers: Record<string, Answer>) {
    this.answers = answers;
  }

  async get({ name, stage }: ProviderRef): Promise<ProviderSecret> {
    const slot = stage === "current" ? name : `${name}@${stage}`;
    this.asked[slot] = (this.asked[slot] ?? 0) + 1;
    await this.before();
    const answer = this.answers[slot] ?? { code: "ERR_SECRETS_NOT_FOUND" };
    if (typeof answer === "string") return { value: answer };
    if ("code" in answer) throw new SecretsError(answer.code, { secretName: name, provider: this.name });
    return answer;
  }
}

export const strongKey = (): string => randomBytes(48).toString("base64url");

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const ttlMs = 5 * minuteMs;
export const maxStaleMs = 60 * minuteMs;

export interface OpenRing {
  readonly store: SlotStore;
  readonly clock: FakeClock;
  readonly ring: JwtKeyRing;
}

/** A ring over `SECRET_KEY` with everything around it. */
export async function openRing(
  answers: Record<string, Answer> | SlotStore,
  options: Partial<JwtKeyRingOptions> = {},
  {
    clock = fakeClock(),
    cache = { ttlMs, maxStaleMs },
  }: { clock?: FakeClock; cache?: CreateSecretsOptions["cache"] } = {},
): Promise<OpenRing> {
  const store = answers instanceof SlotStore ? answers : new SlotStore(answers);
  const secrets = createSecrets({ provider: store, clock, ...(cache === undefined ? {} : { cache }) });
  const ring = await createJwtKeyRing({
    secrets,
    name: "sessions",
    current: "SECRET_KEY",
    maxTokenLifetimeSeconds: 900,
    ...options,
  });
  return { store, clock, ring };
}
