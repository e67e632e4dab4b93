import { randomBytes } from "node:crypto";
import {
  type ProviderRef,
  type ProviderSecret,
  type SecretProvider,
  SecretsError,
  type SecretsErrorCode,
} from "../../src/index.js";

/** What a slot answers: a value, a value with what the store knows of it, or an error. */
export type Answer = string | Uint8Array | ProviderSecret | { readonly code: SecretsErrorCode };

/**
 * A store whose every answer is scripted, slot by slot (`NAME`, `NAME@previous`, `NAME@pending`), and that keeps the
 * order of the questions. What nobody scripted is not found.
 */
export class ScriptedStore implements SecretProvider {
  readonly name = "scripted";
  readonly capabilities;
  /** The slots in the order in which they were asked for. */
  readonly calls: string[] = [];
  /** Runs before each answer. */
  before: (slot: string) => void | Promise<void> = () => undefined;
  readonly #answers = new Map<string, Answer>();

  constructor(
    answers: Record<string, Answer> = {},
    { stages = true, maxAgeMs }: { stages?: boolean; maxAgeMs?: number } = {},
  ) {
    this.capabilities = { stages, versions: false, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) };
    this.set(answers);
  }

  /** `undefined` makes the slot not found again. */
  set(answers: Record<string, Answer | undefined>): void {
    for (const [slot, answer] of Object.entries(answers)) {
      if (answer === undefined) this.#answers.delete(slot);
      else this.#answers.set(slot, answer);
    }
  }

  async get({ name, stage }: ProviderRef): Promise<ProviderSecret> {
    const slot = stage === "current" ? name : `${name}@${stage}`;
    this.calls.push(slot);
    await this.before(slot);
    const answer = this.#answers.get(slot) ?? { code: "ERR_SECRETS_NOT_FOUND" };
    if (typeof answer === "string" || answer instanceof Uint8Array) return { value: answer };
    if ("code" in answer) throw new SecretsError(answer.code, { secretName: name, provider: this.name });
    return answer;
  }
}

export const newKey = (): string => randomBytes(48).toString("base64url");

export const outage = { code: "ERR_SECRETS_UNAVAILABLE" } as const;
export const denied = { code: "ERR_SECRETS_ACCESS_DENIED" } as const;
export const disabled = { code: "ERR_SECRETS_VERSION_DISABLED" } as const;
