import { nameAndCode } from "../error-facts.js";
import { holds } from "../outcome.js";
import type { CipherTest } from "./cipher-test.js";

const foreign: readonly unknown[] = [
  "",
  " ",
  "hello",
  "postgres://app@db/app",
  "a".repeat(200),
  "{}",
  "....",
  "\0",
  "🔑",
  undefined,
  null,
  42,
  {},
  [],
  Symbol("x"),
  Buffer.from("x"),
  { toString: () => "x" },
];

export const identifyTests = {
  "identify: tells the format without a key": {
    run({ current, other }) {
      for (const plaintext of ["a value", Uint8Array.of(0xff)]) {
        const ciphertext = current.encrypt(plaintext);
        for (const cipher of [current, other]) {
          const told = cipher.identify(ciphertext);
          holds(told !== undefined, "a ciphertext of this format is not recognised");
          holds(told.format === cipher.format, "identify() tells another format than the cipher has");
          const { createdAt } = told;
          const age = createdAt === undefined ? 0 : Date.now() - createdAt.getTime();
          holds(Math.abs(age) < 60_000, "the createdAt of a ciphertext is not the time at which it was made");
        }
      }
    },
  },

  "identify: knows no foreign text, and never throws": {
    run({ current }) {
      for (const text of foreign) {
        const told = identified(() => current.identify(text as string));
        holds(told === undefined, `${typeof text} that is no ciphertext was recognised as one`);
      }
      const ciphertext = current.encrypt("a value");
      for (let length = 0; length < ciphertext.length; length += 1) {
        identified(() => current.identify(ciphertext.slice(0, length)));
      }
    },
  },
} satisfies Record<string, CipherTest>;

function identified(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    holds(false, `identify() failed with ${nameAndCode(error)}`);
  }
}
