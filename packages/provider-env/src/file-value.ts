import { readStableFile } from "./stable-file.js";

export type SecretValue = string | Uint8Array;

/** A leading byte order mark is part of the value, as any other character is. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The value that a file holds: text without the one newline with which editors and `echo` end a file, or the bytes
 * untouched when they are not UTF-8.
 *
 * @throws FileFailure when the file cannot be read
 */
export async function readFileValue(
  path: string,
  signal: AbortSignal,
  options?: { readonly shownComplete?: boolean },
): Promise<SecretValue> {
  const { bytes } = await readStableFile(path, signal, options);
  const text = decoded(bytes);
  return text === undefined ? Uint8Array.from(bytes) : text.replace(/\r?\n$/, "");
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // not text; the bytes are the value
  }
}
