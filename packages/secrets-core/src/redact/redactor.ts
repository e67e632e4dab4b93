import { Transform, type TransformCallback } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Secret } from "../secret.js";
import type { Secrets } from "../secrets.js";
import { internalsOf } from "../secrets-internals.js";
import { PatternMatcher, type PatternScanner } from "./pattern-matcher.js";
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
 */
export interface Redactor {
  /** Looks for this value from now on. */
  add(secret: Secret): void;
  /** Looks for every value that these secrets hold or read from now on; returns the function that ends it. */
  follow(secrets: Secrets): () => void;
  redact(text: string): string;
  /** A transform for text or UTF-8 bytes that also finds what is split across chunks. */
  stream(): Transform;
}

const defaultMinLength = 8;
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
  readonly #values = new Map<string, { readonly secret: Secret; readonly forms: ReadonlySet<string> }[]>();
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
    const scanner = this.#scanner();
    return scanner.push(text) + scanner.end();
  }

  stream(): Transform {
    return new RedactingStream(() => this.#current(), this.#replacement);
  }

  #scanner(): PatternScanner {
    return this.#current().scanner(this.#replacement);
  }

  #current(): PatternMatcher {
    this.#matcher ??= new PatternMatcher(
      new Map(
        [...this.#values.values()]
          .flat()
          .flatMap(({ secret, forms }) => [...forms].map((form) => [form, secret.name] as const)),
      ),
    );
    return this.#matcher;
  }
}

/** Keeps to one matcher while it holds text back, and takes up the newest as soon as it holds none. */
class RedactingStream extends Transform {
  readonly #current: () => PatternMatcher;
  readonly #replacement: (name: string) => string;
  readonly #decoder = new StringDecoder("utf8");
  #matcher: PatternMatcher | undefined;
  #scanner: PatternScanner | undefined;

  constructor(current: () => PatternMatcher, replacement: (name: string) => string) {
    super({ decodeStrings: false, encoding: "utf8" });
    this.#current = current;
    this.#replacement = replacement;
  }

  override _transform(chunk: string | Buffer, _: BufferEncoding, done: TransformCallback): void {
    const text = typeof chunk === "string" ? chunk : this.#decoder.write(chunk);
    done(null, this.#fresh().push(text));
  }

  override _flush(done: TransformCallback): void {
    const scanner = this.#fresh();
    done(null, scanner.push(this.#decoder.end()) + scanner.end());
  }

  #fresh(): PatternScanner {
    if (!this.#scanner || (!this.#scanner.holdsBack && this.#matcher !== this.#current())) {
      this.#matcher = this.#current();
      this.#scanner = this.#matcher.scanner(this.#replacement);
    }
    return this.#scanner;
  }
}

function contentOf(secret: Secret): string | Uint8Array {
  const bytes = secret.revealBytes();
  const text = Buffer.from(bytes).toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : bytes;
}
