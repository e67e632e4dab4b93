import { expectBytes, refusal, refusedByAll } from "../cipher-trial.js";
import { holds } from "../outcome.js";
import type { CipherTest } from "./cipher-test.js";

export const rotateTests = {
  "rotate: the plaintext moves to the current key": {
    run({ current, previous, other }) {
      const context = current.bindsContext ? { column: "users.email" } : undefined;
      for (const text of ["a value", "  pässwörd 🔑\n"]) {
        const bytes = Buffer.from(text);
        const rotated = previous.rotate(current.encrypt(text, context), context);
        holds(rotated.changed === true, "a ciphertext of a previous key was not changed");
        expectBytes(other.decryptBytes(rotated.ciphertext, context), bytes, "the rotated text, with the current key");
        refusedByAll("the rotated text, with the previous key alone,", current, rotated.ciphertext, context);
        if (context) refusedByAll("the rotated text, without its context,", other, rotated.ciphertext);
        const [from, to] = [current.status()[0]?.keyId, other.status()[0]?.keyId];
        holds(rotated.fromKeyId === from, "fromKeyId is not the id of the key that the text was under");
        holds(rotated.toKeyId === to, "toKeyId is not the id of the current key");
      }
      const binary = Uint8Array.from({ length: 256 }, (_, at) => at);
      const old = current.encrypt(binary);
      const rotated = Array.from({ length: 100 }, () => previous.rotate(old).ciphertext);
      for (const each of rotated) expectBytes(other.decryptBytes(each), binary, "rotated bytes that are no text");
      holds(new Set(rotated).size === rotated.length, "rotate() made one ciphertext twice");
    },
  },

  "rotate: what is under the current key stays the very same text": {
    run({ current, previous }) {
      const once = previous.rotate(current.encrypt("a value")).ciphertext;
      for (const ciphertext of [once, previous.encrypt("a value")]) {
        const twice = previous.rotate(ciphertext);
        holds(twice.changed === false, "a ciphertext of the current key counts as changed");
        holds(twice.ciphertext === ciphertext, "a ciphertext of the current key became another text");
        holds(twice.fromKeyId === twice.toKeyId, "fromKeyId and toKeyId differ though nothing changed");
      }
    },
  },

  "rotate: what cannot be opened is refused": {
    run({ current, previous, other }) {
      refusal("rotate() without the key", () => current.rotate(other.encrypt("a value")));
      for (const cipher of [current, previous]) {
        const ciphertext = cipher.encrypt("a value of forty-one characters, like a URL");
        const at = ciphertext.length >> 1;
        const damaged = ciphertext.slice(0, at) + (ciphertext[at] === "A" ? "B" : "A") + ciphertext.slice(at + 1);
        refusal("rotate() of a damaged text under the current key", () => cipher.rotate(damaged));
      }
      if (!current.bindsContext) return;
      const ciphertext = previous.encrypt("a value", { column: "a" });
      refusal("rotate() into another context", () => previous.rotate(ciphertext, { column: "b" }));
    },
  },
} satisfies Record<string, CipherTest>;
