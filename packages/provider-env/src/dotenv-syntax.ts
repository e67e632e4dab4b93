import { parse } from "dotenv";
import { envError } from "./env-error.js";

// dotenv skips over what it cannot read without a word. This file is the other half: it finds the assignments as
// dotenv does, refuses a file in which anything else is left over, and has dotenv read each assignment by itself.

/** A line that says nothing. `.` stops at U+2028 and U+2029, after which dotenv would begin to read again. */
const blankOrComment = /[^\S\n]*(?:#.*)?(?:\n|$)/y;
/** `KEY=`, `export KEY=` or `KEY: `, and the space before the value. */
const assignmentHead = /[^\S\n]*(?:export[^\S\n]+)?([\w.-]+)(?:[^\S\n]*=|:(?=[^\S\n]))[^\S\n]*/y;
/** A value without quotes and the comment behind it, which ends the line. */
const unquotedValue = /[^#\n]*(?:#.*)?(?:\n|$)/y;
/** After a closing quote, as dotenv sees it: the line ends or a comment begins. */
const closesHere = /[^\S\n\u2028\u2029]*(?:[#\n\u2028\u2029]|$)/y;

const readOtherwise = "dotenv reads this line in another way. Look for unusual characters in it.";

interface Assignment {
  readonly key: string;
  /** From the key to the end of the value's last line. */
  readonly source: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Reads the text of a `.env` file: `KEY=value`, `KEY: value`, `export`, comments, quoted values over several lines, as
 * dotenv reads them (https://github.com/motdotla/dotenv#rules). Where a key stands twice, the last one holds.
 *
 * @throws SecretsError `ERR_SECRETS_INVALID_CONFIG`, with the file's name and the line's number and nothing of its
 *   content, for a line that is no assignment, a quote that is not closed, bytes that are not UTF-8, and NUL
 */
export function parseDotenv(bytes: Uint8Array, fileName: string): ReadonlyMap<string, string> {
  const refuse: Refuse = (line, problem) =>
    envError("ERR_SECRETS_INVALID_CONFIG", `${fileName}, line ${line}: ${problem}`);
  const values = new Map<string, string>();
  for (const { key, source, line } of assignments(decode(bytes, refuse), refuse)) {
    const [entry, ...others] = Object.entries(parse(source));
    if (entry?.[0] !== key || others.length > 0) throw refuse(line, readOtherwise);
    values.set(key, entry[1]);
  }
  return values;
}

type Refuse = (line: number, problem: string) => Error;

function* assignments(text: string, refuse: Refuse): Generator<Assignment> {
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const skipped = matchAt(blankOrComment, text, at);
    if (skipped) {
      line += 1;
      at += skipped[0].length;
      continue;
    }
    const [head, key] = matchAt(assignmentHead, text, at) ?? [];
    if (head === undefined || key === undefined) {
      throw refuse(line, "this is no assignment. Write KEY=value, or put a # before a comment.");
    }
    const here = line;
    const end = endOfValue(text, at + head.length, (problem) => refuse(here, problem));
    const source = text.slice(at, end);
    yield { key, source, line };
    line += source.split("\n").length;
    at = end + 1;
  }
}

/** Where the last line of the value that starts here ends. */
function endOfValue(text: string, start: number, refuse: (problem: string) => Error): number {
  const end = endOfLine(text, start);
  const quote = text.charAt(start);
  if (quote === "" || !"'\"`".includes(quote)) {
    if (matchAt(unquotedValue, text, start)) return end;
    throw refuse(readOtherwise);
  }
  const closing = closingQuote(text, start);
  if (closing !== undefined && matchAt(blankOrComment, text, closing + 1)) return endOfLine(text, closing);
  // Quotes within quotes on one line, as in KEY="{"a":1}": dotenv takes off the outer ones, unless there is a #.
  const value = text.slice(start, end).trimEnd();
  if (closing === undefined && value.length > 1 && value.endsWith(quote) && !value.includes("#")) return end;
  throw refuse("the value's quote is not closed, or more than a comment follows the closing one.");
}

/**
 * dotenv's rule: a quote behind a backslash may close the value or belong to it. The value reaches up to the last
 * quote that can close it, and never beyond the first one without a backslash.
 */
function closingQuote(text: string, opening: number): number | undefined {
  const quote = text.charAt(opening);
  let closing: number | undefined;
  for (let at = text.indexOf(quote, opening + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (matchAt(closesHere, text, at + 1)) closing = at;
    if (text[at - 1] !== "\\") break;
  }
  return closing;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

/** Text with `\n` for every line break, which is how dotenv sees it; a byte order mark is dropped. */
function decode(bytes: Uint8Array, refuse: Refuse): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refuse(firstLineNotUtf8(bytes), "this is not UTF-8. Save the file as UTF-8.");
  const lines = text.replace(/\r\n?/g, "\n");
  const nul = lines.indexOf("\0");
  if (nul !== -1) throw refuse(lines.slice(0, nul).split("\n").length, "there is a NUL byte. Save the file as UTF-8.");
  return lines;
}

function firstLineNotUtf8(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || decodeUtf8(bytes.subarray(start, end)) === undefined) return line;
    start = end + 1;
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined; // the caller says in which line
  }
}
