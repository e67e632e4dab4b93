/** Names of members, parameters and parts that hold something secret. */
const sensitiveName = /key|secret|pass|pwd|token|credential|signature|^sig$|auth|private|cert/i;
/** Long, without spaces, of letters and digits: looks made and not written. */
const looksRandom = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/=_.~-]{20,}$/;

/**
 * The texts by which a value can be told: itself, the secret parts within it (leaves of JSON, the password of a URL,
 * `AccountKey=…` of a connection string, the lines of a PEM block), each as it stands and in base64, URL encoding, hex
 * and escaped in JSON. Texts shorter than `minLength` are left out, since they would match by chance.
 */
export function formsOf(value: string | Uint8Array, minLength: number): ReadonlySet<string> {
  const forms = new Set<string>();
  const add = (form: string) => {
    if (form.length >= minLength) forms.add(form);
  };
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
  for (const part of typeof value === "string" ? partsOf(value) : []) {
    if (part.length < minLength) continue;
    add(part);
    for (const form of escapedForms(part)) add(form);
    for (const form of encodedForms(Buffer.from(part, "utf8"))) add(form);
  }
  if (bytes.length >= minLength) for (const form of encodedForms(bytes)) add(form);
  return forms;
}

/** The value and the secret parts in it, at any depth: the JSON of a bundle may hold a URL that holds a password. */
function partsOf(value: string): ReadonlySet<string> {
  const parts = new Set<string>();
  const open = [value];
  for (const part of open) {
    if (parts.has(part)) continue;
    parts.add(part);
    open.push(...jsonLeaves(part), ...urlSecrets(part), ...connectionStringSecrets(part), ...pemLines(part));
    const trimmed = part.trim();
    if (trimmed !== part) open.push(trimmed);
  }
  return parts;
}

function jsonLeaves(text: string): string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return []; // it only began like JSON
  }
  const leaves: string[] = [];
  const open: { readonly name: string; readonly value: unknown }[] = [{ name: "", value: root }];
  for (const { name, value } of open) {
    if (typeof value === "string") {
      if (sensitiveName.test(name) || looksRandom.test(value) || /:\/\/[^/:]*:[^/:@]*@|-----BEGIN /.test(value))
        leaves.push(value);
    } else if (Array.isArray(value)) {
      open.push(...value.map((item) => ({ name, value: item })));
    } else if (typeof value === "object" && value !== null) {
      open.push(...Object.entries(value).map(([inner, item]) => ({ name: inner, value: item })));
    }
  }
  return leaves;
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
function pemLines(text: string): string[] {
  const blocks = text.match(/-----BEGIN [^-]+-----[\s\S]*?-----END [^-]+-----/g) ?? [];
  return blocks.flatMap((block) =>
    block.split(/\r?\n|\\n/).filter((line) => line.length >= 16 && !line.startsWith("-----")),
  );
}

function escapedForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const url = wellFormed(text) ? encodeURIComponent(text) : text;
  const lowerHex = url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const form = url.replaceAll("%20", "+");
  // JSON within JSON, as a log line that quotes a body.
  return [json, JSON.stringify(json).slice(1, -1), url, lowerHex, form];
}

/** Hex, and base64 of both alphabets at each of the three places that the bytes can have within longer base64. */
function encodedForms(bytes: Buffer): string[] {
  const forms = [bytes.toString("hex"), bytes.toString("hex").toUpperCase()];
  for (const offset of [0, 1, 2]) {
    const base64 = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // The first and last digits also hold bits of what stands around the bytes.
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    const inner = base64.slice(from, to);
    forms.push(inner, inner.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}

function wellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
