/** Names of members, parameters and parts that hold something secret. */
const sensitiveName = /key|secret|pass|pwd|token|credential|signature|^sig$|auth|private|cert/i;
/** Long, without spaces, of letters and digits: looks made and not written. */
const looksRandom = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/=_.~-]{20,}$/;

/** A bundle may hold a document that holds a URL that holds a password; what is nested deeper is a trap. */
const maxNesting = 8;

/** The value and the secret parts in it. */
export function partsOf(value: string): ReadonlySet<string> {
  // Where a text becomes bytes, a lone surrogate becomes U+FFFD.
  const parts = new Set([value, value.toWellFormed()]);
  let outer = [...parts];
  for (let nesting = 0; nesting < maxNesting; nesting += 1) {
    const before = parts.size;
    for (const part of outer) for (const inner of innerParts(part)) parts.add(inner);
    outer = [...parts].slice(before);
  }
  return parts;
}

function* innerParts(part: string): Iterable<string> {
  yield* jsonLeaves(part);
  yield* urlSecrets(part);
  yield* connectionStringSecrets(part);
  yield* pemLines(part);
  yield part.trim();
}

function* jsonLeaves(text: string): Iterable<string> {
  if (!/^\s*[[{]/.test(text)) return;
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return; // it only began like JSON
  }
  const open: { readonly name: string; readonly value: unknown }[] = [{ name: "", value: root }];
  for (const { name, value } of open) {
    if (typeof value === "string") {
      if (sensitiveName.test(name) || looksRandom.test(value) || /:\/\/[^/:]*:[^/:@]*@|-----BEGIN /.test(value))
        yield value;
    } else if (Array.isArray(value)) {
      for (const item of value) open.push({ name, value: item });
    } else if (typeof value === "object" && value !== null) {
      for (const [inner, item] of Object.entries(value)) open.push({ name: inner, value: item });
    }
  }
}

function urlSecrets(text: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return [];
  const url = new URL(text);
  const secrets = [url.password, decoded(url.password)];
  for (const [name, value] of url.searchParams) if (sensitiveName.test(name)) secrets.push(value);
  return secrets.filter((secret) => secret !== "");
}

function connectionStringSecrets(text: string): string[] {
  if (!/^[^;=]+=[^;]*(?:;|$)/.test(text)) return [];
  return text.split(";").flatMap((part) => {
    const at = part.indexOf("=");
    return at > 0 && sensitiveName.test(part.slice(0, at)) ? [part.slice(at + 1)] : [];
  });
}

/** Loggers print a PEM block line by line. */
function* pemLines(text: string): Iterable<string> {
  for (let begin = text.indexOf("-----BEGIN "); begin >= 0; ) {
    const end = text.indexOf("-----END ", begin);
    if (end < 0) return;
    for (const line of text.slice(begin, end).split(/\r?\n|\\n/))
      if (line.length >= 16 && !line.startsWith("-----")) yield line;
    begin = text.indexOf("-----BEGIN ", end);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
