import type { Cipher } from "@qarion/secrets-core/keys";
import { refusedByAll, refusedWith } from "../cipher-trial.js";
import { holds } from "../outcome.js";
import type { CipherTest } from "./cipher-test.js";

const wrongKey = ["ERR_CIPHER_AUTHENTICATION_FAILED", "ERR_CIPHER_KEY_UNKNOWN"] as const;

function idOf(cipher: Cipher, state: string): string | undefined {
  return cipher.status().find((status) => status.state === state)?.keyId;
}

export const keyTests = {
  "keys: the wrong key opens nothing": {
    run({ current, other }) {
      // So many that a check of CBC's padding alone, which is right 1 time in 256, is sure to be found out.
      for (let round = 0; round < 3_000; round += 1) {
        const ciphertext = current.encrypt("a value");
        refusedWith(wrongKey, "a ciphertext of another key", () => other.decryptBytes(ciphertext));
      }
      refusedByAll("a ciphertext of another key", other, current.encrypt("a value"));
    },
  },

  "keys: a previous key opens and does not encrypt": {
    run({ current, previous, other }) {
      const old = current.encrypt("a value");
      holds(previous.decrypt(old) === "a value", "a previous key gave another text");
      for (let round = 0; round < 20; round += 1) {
        const made = previous.encrypt("a value");
        holds(other.decrypt(made) === "a value", "the current key gave another text");
        refusedByAll("what was encrypted after a rotation, with the previous key alone,", current, made);
      }
    },
  },

  "keys: an id belongs to the key, whatever place it has": {
    run({ current, previous, other }) {
      holds(idOf(previous, "previous") === idOf(current, "current"), "a key has another id as the previous one");
      holds(idOf(previous, "current") === idOf(other, "current"), "a key has another id in another ring");
      holds(idOf(current, "current") !== idOf(other, "current"), "two keys have one id");
      const [named, old] = [current.identify(current.encrypt("x")), previous.identify(current.encrypt("x"))];
      holds(named?.keyId === old?.keyId, "two rings read two ids from one ciphertext");
      const told = named?.keyId === undefined || named.keyId === idOf(current, "current");
      holds(told, "a ciphertext names its key by an id that status() does not know");
    },
  },
} satisfies Record<string, CipherTest>;
