import type { Cipher, KeyStatus } from "@qarion/secrets-core/keys";
import { holds } from "../outcome.js";
import type { CipherTest } from "./cipher-test.js";

function usesOf(cipher: Cipher, state: string): number {
  return cipher.status().find((status) => status.state === state)?.uses ?? Number.NaN;
}

function expectSound(status: KeyStatus): void {
  const { keyId, uses, lastUsedAt, safeToRemove, because } = status;
  holds(typeof keyId === "string" && keyId !== "" && keyId.length <= 64, "a keyId is no short text");
  holds(Number.isInteger(uses) && uses >= 0, "uses is no count");
  holds(lastUsedAt === undefined || lastUsedAt instanceof Date, "lastUsedAt is no date");
  holds(typeof safeToRemove === "boolean" || safeToRemove === "unknown", "safeToRemove is none of its values");
  holds(typeof because === "string" && because !== "", "because says nothing");
  const durable = safeToRemove !== true;
  holds(durable, "safeToRemove is true, and no audit of what is stored can have shown that");
}

export const statusTests = {
  "status: tells each key's state and counts its uses": {
    run({ current, previous, other }) {
      const old = current.encrypt("a value");
      const states = (cipher: Cipher) => cipher.status().map(({ state }) => state);
      holds(states(current).join() === "current", `one key is told as ${states(current).join()}`);
      holds(states(previous).join() === "current,previous", `two keys are told as ${states(previous).join()}`);
      for (const status of [...previous.status(), ...other.status()]) expectSound(status);
      const [made, opened] = [usesOf(previous, "current"), usesOf(previous, "previous")];
      previous.encrypt("a value");
      holds(usesOf(previous, "current") > made, "encrypting does not count as a use of the current key");
      holds(usesOf(previous, "previous") === opened, "encrypting counts as a use of the previous key");
      previous.decrypt(old);
      holds(usesOf(previous, "previous") > opened, "decrypting does not count as a use of the key that opened");
      const total = previous.status().reduce((sum, { uses }) => sum + uses, 0);
      try {
        previous.decrypt(`${old.slice(0, -1)}!`);
      } catch {
        const after = previous.status().reduce((sum, { uses }) => sum + uses, 0);
        holds(after === total, "a text that was refused counts as a use");
      }
      holds(
        previous.status().find(({ state }) => state === "current")?.safeToRemove === false,
        "the current key is not told as needed",
      );
    },
  },
} satisfies Record<string, CipherTest>;
