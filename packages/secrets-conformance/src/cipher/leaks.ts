import { createHash } from "node:crypto";
import { CipherError } from "@qarion/secrets-core/keys";
import { LeakScan, newCanary, shownBy } from "../canary.js";
import type { CipherTrial } from "../cipher-trial.js";
import { nameAndCode } from "../error-facts.js";
import { holds } from "../outcome.js";
import { recordOutput } from "../output-recorder.js";
import type { CipherTest } from "./cipher-test.js";

const codes = ["MALFORMED", "AUTHENTICATION_FAILED", "KEY_UNKNOWN", "EXPIRED", "INVALID_KEY", "CONTEXT", "PLAINTEXT"];

interface Provoked {
  readonly plaintexts: readonly string[];
  readonly ciphertexts: readonly string[];
  readonly errors: readonly { readonly path: string; readonly error: unknown }[];
}

/** Encrypts canaries and goes down every path on which something fails. */
function provoke({ current, previous, other }: CipherTrial): Provoked {
  const plaintexts = [newCanary(), newCanary(), newCanary()];
  const [text = "", member = "", bytes = ""] = plaintexts;
  const json = `{"password":"${member}`;
  const context = { column: "users.email" };
  const binary = Buffer.concat([Buffer.of(0xff), Buffer.from(bytes)]);
  const errors: { path: string; error: unknown }[] = [];
  const attempt = (path: string, run: () => unknown) => {
    try {
      run();
    } catch (error) {
      errors.push({ path, error });
    }
  };
  const ciphertexts = [current.encrypt(text), current.encrypt(json), current.encrypt(binary), previous.encrypt(text)];
  for (const ciphertext of ciphertexts) {
    const at = ciphertext.length - 20;
    const damaged = ciphertext.slice(0, at) + (ciphertext[at] === "A" ? "B" : "A") + ciphertext.slice(at + 1);
    const variants = [ciphertext, damaged, ciphertext.slice(0, -2), `${ciphertext}\n`, ciphertext.slice(3)];
    for (const each of variants) {
      for (const cipher of [current, previous, other]) {
        attempt("decrypt()", () => cipher.decrypt(each));
        attempt("decryptBytes()", () => cipher.decryptBytes(each));
        attempt("rotate()", () => cipher.rotate(each));
        attempt("identify()", () => cipher.identify(each));
        attempt("decrypt() with a context", () => cipher.decrypt(each, context));
        attempt("encrypt() of a ciphertext", () => cipher.encrypt(each));
      }
    }
  }
  attempt("encrypt() with a context", () => current.encrypt(text, context));
  for (const odd of [text, json, [text], { text }, `${text}\ud83d`, undefined, 7]) {
    attempt("decrypt() of what is no ciphertext", () => current.decrypt(odd as string));
    if (typeof odd !== "string" || odd.endsWith("\ud83d")) attempt("encrypt()", () => current.encrypt(odd as string));
  }
  return { plaintexts, ciphertexts, errors };
}

/** The same, and what was printed meanwhile. */
async function provokeRecorded(trial: CipherTrial): Promise<Provoked & { readonly lines: readonly string[] }> {
  const provoked: Provoked[] = [];
  const lines = await recordOutput(async () => void provoked.push(provoke(trial)));
  const [first = { plaintexts: [], ciphertexts: [], errors: [] }] = provoked;
  return { ...first, lines };
}

/** What must not be told of a key: itself, and what anyone who guesses it could compute without asking. */
function keyForms(key: string | Uint8Array): readonly string[] {
  const encodings =
    typeof key === "string" ? [Buffer.from(key), Buffer.from(key, "base64url"), Buffer.from(key, "hex")] : [key];
  return encodings
    .filter(({ length }) => length >= 8)
    .flatMap((bytes) => ["md5", "sha1", "sha256", "sha512"].map((name) => createHash(name).update(bytes).digest()))
    .flatMap((digest) => [digest.toString("hex"), digest.toString("base64"), digest.toString("base64url")]);
}

export const cipherLeakTests = {
  "errors: each is a CipherError with a stable code": {
    run(trial) {
      for (const { path, error } of provoke(trial).errors) {
        const right = CipherError.is(error) && codes.includes(error.code.replace("ERR_CIPHER_", ""));
        holds(right, `${path} failed with ${nameAndCode(error)}`);
      }
    },
  },

  "leaks: no error shows a plaintext or ciphertext": {
    run(trial) {
      const { plaintexts, ciphertexts, errors } = provoke(trial);
      // The beginning of a ciphertext is its format and its key's id, which errors may tell.
      const scan = new LeakScan([...plaintexts, ...ciphertexts.map((each) => each.slice(-20))]);
      for (const { path, error } of errors) {
        holds(!scan.isIn(shownBy(error)), `${nameAndCode(error)} of ${path} shows a plaintext or ciphertext`);
      }
    },
  },

  "leaks: nothing that is printed shows a plaintext or key": {
    async run(trial) {
      const { plaintexts, lines } = await provokeRecorded(trial);
      const scan = new LeakScan([...plaintexts, ...trial.keys]);
      holds(!lines.some((line) => scan.isIn(line)), "a line on the console, stdout or stderr shows a plaintext or key");
    },
  },

  "leaks: no error or status shows a key": {
    needsKeys: true,
    run(trial) {
      const scan = new LeakScan(trial.keys);
      for (const { path, error } of provoke(trial).errors) {
        holds(!scan.isIn(shownBy(error)), `${nameAndCode(error)} of ${path} shows a key`);
      }
      const forms = trial.keys.flatMap(keyForms);
      for (const cipher of [trial.current, trial.previous, trial.other]) {
        holds(!scan.isIn(shownBy(cipher)), "inspect() or JSON of the cipher shows a key");
        for (const status of cipher.status()) {
          holds(!scan.isIn(shownBy(status)), "status() shows a key");
          const id = status.keyId;
          const digest = id.length >= 6 && forms.some((form) => form.startsWith(id) || id.includes(form));
          holds(!digest, "a keyId is a plain digest of the key");
        }
      }
    },
  },
} satisfies Record<string, CipherTest>;
