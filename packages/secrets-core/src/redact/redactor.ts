import type { Transform } from "node:stream";
import type { Secret } from "../secret.js";
import type { Secrets } from "../secrets.js";
import { internalsOf } from "../secrets-internals.js";
import type { Pattern } from "./long-patterns.js";
import { PatternMatcher } from "./pattern-matcher.js";
import { RedactingStream } from "./redacting-stream.js";
import { formsOf } from "./secret-forms.js";

export interface RedactorOptions {
  /** Texts shorter than this are not looked for: they would match by chance and spoil what they stand in. 8 by default. */
  readonly minLength?: number;
  /** What stands for a value; `[redacted NAME]` by default. */
  readonly replacement?: (name: string) => string;
}

/**
 * Takes secrets out of text that is about to leave the process: the last line of defence, behind `Secret`s that do not
 * show themselves. It knows each value in several forms (see `formsOf`), and of each name the value now and the two
 * before, since what is logged during a rotation may hold either.
 *
 * Of a value that is cut short it finds the beginning, from 256 characters on, and every secret part that is whole (a leaf
 * of JSON, a line of PEM). Any other piece of a value is not found.
 */
export interface Redactor {
  /** Looks for this value from now on. */
  add(secret: Secret): void;
  /** Looks for every value that these secrets hold or read from now on; returns the function that ends it. */
  follow(secrets: Secrets): () => void;
  redact(text: string): string;
  /**
   * A transform for text or UTF-8 bytes that also finds what is split across chunks. What may be the beginning of a value
   * it holds back until more text, or its end, tells.
   */
  stream(): Transform;
}

const defaultMinLength = 8;
/** Long enough that no other text begins like it by chance, and short enough for lines that are cut at some kilobytes. */
const minBeginning = 256;
const valuesPerName = 3;

export function createRedactor(options: RedactorOptions = {}): Redactor {
  return new ValueRedactor(
    options.minLength ?? defaultMinLength,
    options.replacement ?? ((name) => `[redacted ${name}]`),
  );
}

class ValueRedactor implements Redactor {
  readonly #minLength: number;
  readonly #replacement: (name: string) => string;
  /** For each name the forms of its values, the latest last. */
  readonly #values = new Map<string, { readonly secret: Secret; readonly forms: ReadonlySet<Pattern> }[]>();
  #matcher: PatternMatcher | undefined;

  constructor(minLength: number, replacement: (name: string) => string) {
    if (!Number.isInteger(minLength) || minLength < 1) throw new RangeError("minLength is a whole number, 1 or more.");
    this.#minLength = minLength;
    this.#replacement = replacement;
  }

  add(secret: Secret): void {
    const name = `${secret.name}@${secret.stage}`;
    const known = this.#values.get(name) ?? [];
    const at = known.findIndex((value) => value.secret.equals(secret));
    if (at >= 0 && at === known.length - 1) return;
    const [again] = at >= 0 ? known.splice(at, 1) : [];
    known.push(again ?? { secret, forms: formsOf(contentOf(secret), this.#minLength) });
    this.#values.set(name, known.slice(-valuesPerName));
    this.#matcher = undefined;
  }

  follow(secrets: Secrets): () => void {
    return internalsOf(secrets).onSecret((secret) => this.add(secret));
  }

  redact(text: string): string {
    const scanner = this.#current().scanner(this.#replacement);
    return scanner.push(text) + scanner.end();
  }

  stream(): Transform {
    return new RedactingStream(() => this.#current(), this.#replacement);
  }

  #current(): PatternMatcher {
    this.#matcher ??= new PatternMatcher(this.#patterns(), Math.max(minBeginning, this.#minLength));
    return this.#matcher;
  }

  *#patterns(): Iterable<readonly [Pattern, label: string]> {
    for (const { secret, forms } of [...this.#values.values()].flat()) {
      for (const form of forms) yield [form, secret.name];
    }
  }
}

function contentOf(secret: Secret): string | Uint8Array {
  try {
    return secret.reveal();
  } catch {
    return secret.revealBytes(); // it is binary
  }
}
