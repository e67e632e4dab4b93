import type { CipherContext } from "@qarion/secrets-core/keys";
import { refusedByAll, refusedWith } from "../cipher-trial.js";
import { holds } from "../outcome.js";
import type { CipherTest } from "./cipher-test.js";

const bound: CipherContext = { column: "users.email", row: "42" };

export const boundContextTests = {
  "context: another, a missing or an extra one is refused": {
    bindsContext: true,
    run({ current }) {
      const ciphertext = current.encrypt("a value", bound);
      holds(current.decrypt(ciphertext, { ...bound }) === "a value", "the right context gave another text");
      const wrong: readonly (CipherContext | undefined)[] = [
        undefined,
        {},
        { column: "users.email" },
        { row: "42" },
        { ...bound, row: "43" },
        { ...bound, column: "users.phone" },
        { column: "42", row: "users.email" },
        { ...bound, more: "" },
        { ...bound, row: "42 " },
        { ...bound, row: "" },
        { Column: "users.email", row: "42" },
      ];
      for (const context of wrong) refusedByAll("a ciphertext under another context", current, ciphertext, context);
      refusedByAll("a ciphertext of no context under one", current, current.encrypt("a value"), bound);
      const codes = ["ERR_CIPHER_AUTHENTICATION_FAILED", "ERR_CIPHER_CONTEXT"] as const;
      refusedWith(codes, "a ciphertext under another context", () => current.decrypt(ciphertext, { row: "42" }));
    },
  },

  "context: pairs are told apart however they are cut": {
    bindsContext: true,
    run({ current }) {
      const alike: readonly CipherContext[] = [
        { ab: "c" },
        { a: "bc" },
        { abc: "" },
        { a: "b", c: "" },
        { a: "b=c" },
        { "a=b": "c" },
        { a: "b", b: "c" },
        { a: "bb=c" },
        { a: "b&b=c" },
        { a: "b,b:c" },
        { a: 'b","b":"c' },
        { a: "b\0b\0c" },
        { a: "\u00e9" },
        { a: "e\u0301" },
      ];
      for (const [index, context] of alike.entries()) {
        const ciphertext = current.encrypt("a value", context);
        for (const [at, each] of alike.entries()) {
          if (at !== index) refusedByAll("a ciphertext under a context cut in another way", current, ciphertext, each);
        }
      }
    },
  },

  "context: the order of the pairs does not matter": {
    bindsContext: true,
    run({ current }) {
      const [one, two] = [
        { a: "1", b: "2", c: "3" },
        { c: "3", b: "2", a: "1" },
      ];
      holds(current.decrypt(current.encrypt("a value", one), two) === "a value", "another text came back");
    },
  },
} satisfies Record<string, CipherTest>;

export const unboundContextTests = {
  "context: a cipher that binds none refuses to be given one": {
    bindsContext: false,
    run({ current, previous }) {
      const refused = (what: string, run: () => unknown) => refusedWith(["ERR_CIPHER_CONTEXT"], what, run);
      const ciphertext = current.encrypt("a value");
      refused("a context given to encrypt()", () => current.encrypt("a value", bound));
      refused("a context given to decrypt()", () => current.decrypt(ciphertext, bound));
      refused("a context given to decryptBytes()", () => current.decryptBytes(ciphertext, bound));
      refused("a context given to rotate()", () => previous.rotate(ciphertext, bound));
      holds(current.decrypt(current.encrypt("a value", {}), {}) === "a value", "an empty context gave another text");
    },
  },
} satisfies Record<string, CipherTest>;
