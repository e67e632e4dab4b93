import { Transform, type TransformCallback } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { PatternMatcher } from "./pattern-matcher.js";
import type { PatternScanner } from "./pattern-scanner.js";

/** Takes up the newest matcher at each chunk; what it held back for the last one it reads again. */
export class RedactingStream extends Transform {
  readonly #current: () => PatternMatcher;
  readonly #replacement: (name: string) => string;
  readonly #decoder = new StringDecoder("utf8");
  #matcher: PatternMatcher;
  #scanner: PatternScanner;

  constructor(current: () => PatternMatcher, replacement: (name: string) => string) {
    super({ decodeStrings: false, encoding: "utf8" });
    this.#current = current;
    this.#replacement = replacement;
    this.#matcher = current();
    this.#scanner = this.#matcher.scanner(replacement);
  }

  override _transform(chunk: string | Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.#read(this.#textOf(chunk, encoding)));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#read(this.#decoder.end()) + this.#scanner.end());
  }

  #read(text: string): string {
    const matcher = this.#current();
    if (matcher === this.#matcher) return this.#scanner.push(text);
    const held = this.#scanner.takeBack();
    this.#matcher = matcher;
    this.#scanner = matcher.scanner(this.#replacement);
    return this.#scanner.push(held + text);
  }

  /** Text stays text, since a pair of surrogates may be split across chunks; what is left of bytes before it goes first. */
  #textOf(chunk: string | Buffer, encoding: BufferEncoding): string {
    if (typeof chunk !== "string") return this.#decoder.write(chunk);
    if (!/^utf-?8$/i.test(encoding)) return this.#decoder.write(Buffer.from(chunk, encoding));
    return this.#decoder.end() + chunk;
  }
}
