import { headLength } from "./head-index.js";
import type { Pattern } from "./long-patterns.js";
import { partsOf } from "./secret-parts.js";

/** The forms of longer contents are made when a text shows their beginning: most never are. */
const longContent = 1_024;

/**
 * The texts by which a value can be told: itself, the secret parts within it (leaves of JSON, the password of a URL,
 * `AccountKey=…` of a connection string, the lines of a PEM block), each as it stands and in base64, URL encoding, hex
 * and escaped in JSON. Texts shorter than `minLength` are left out, since they would match by chance.
 */
export function formsOf(value: string | Uint8Array, minLength: number): ReadonlySet<Pattern> {
  const forms = new Set<Pattern>();
  const add = (form: Pattern) => {
    if (typeof form !== "string" || form.length >= minLength) forms.add(form);
  };
  const addEncoded = (bytes: Buffer) => {
    if (bytes.length < minLength) return;
    for (const encode of byteEncodings) add(formOf(bytes, encode));
  };
  if (typeof value !== "string") {
    addEncoded(Buffer.from(value));
    return forms;
  }
  for (const part of partsOf(value)) {
    if (part.length >= minLength) for (const encode of textEncodings(part)) add(formOf(part, encode));
    addEncoded(Buffer.from(part, "utf8"));
  }
  return forms;
}

/** The encodings below turn the beginning of a content into the beginning of its form, and none makes it shorter. */
function formOf<Content extends string | Buffer>(content: Content, encode: (content: Content) => string): Pattern {
  if (content.length <= longContent) return encode(content);
  return { start: encode(beginningOf(content)), whole: () => encode(content) };
}

/** Ends where a character ends. */
function beginningOf<Content extends string | Buffer>(content: Content): Content;
function beginningOf(content: string | Buffer): string | Buffer {
  const length = 2 * headLength;
  if (typeof content !== "string") return content.subarray(0, length);
  return content.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}

type TextEncoding = (text: string) => string;

const inJson: TextEncoding = (text) => JSON.stringify(text).slice(1, -1);
/** `encodeURIComponent` throws at lone surrogates. */
const inUrl: TextEncoding = (text) => encodeURIComponent(text);
const inLowerCaseUrl: TextEncoding = (text) =>
  inUrl(text).replace(/(?:%[0-9A-F]{2})+/g, (codes) => codes.toLowerCase());
const inWebForm: TextEncoding = (text) => inUrl(text).replaceAll("%20", "+");

function textEncodings(text: string): TextEncoding[] {
  // JSON within JSON, as a log line that quotes a body.
  const encodings = [(same: string) => same, inJson, (body: string) => inJson(inJson(body))];
  return text.isWellFormed() ? [...encodings, inUrl, inLowerCaseUrl, inWebForm] : encodings;
}

/** Hex, and base64 of both alphabets at each of the three places that the bytes can have within longer base64. */
const byteEncodings: readonly ((bytes: Buffer) => string)[] = [
  (bytes) => bytes.toString("hex"),
  (bytes) => bytes.toString("hex").toUpperCase(),
  ...[0, 1, 2].flatMap((offset) => [
    (bytes: Buffer) => base64Within(bytes, offset),
    (bytes: Buffer) => base64Within(bytes, offset).replaceAll("+", "-").replaceAll("/", "_"),
  ]),
];

function base64Within(bytes: Buffer, offset: number): string {
  const base64 = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  // The first and last digits also hold bits of what stands around the bytes.
  return base64.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}
