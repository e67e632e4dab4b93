import { holds, NotApplicable } from "../outcome.js";
import { expectSame } from "../provider-trial.js";
import { test } from "./provider-test.js";

const texts: Readonly<Record<string, string>> = {
  word: "hunter2",
  json: '{"username":"app","password":"a\\"b"}',
  broken_json: '{"password":"no end',
  list: '["a", "b"]',
  quoted: '"in quotes"',
  number: "0123",
  null_word: "null",
  undefined_word: "undefined",
  false_word: "false",
  zero: "0",
  percent: "100%25 %s %7B a+b=c&d",
  template: "$\u007bHOME} $1 {{x}} #hash \\n",
  url: "postgres://app:p%40ss@db.example.com:5432/app?sslmode=require",
  base64: "c2VjcmV0",
  pem: "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
};

const unicode: Readonly<Record<string, string>> = {
  accents: "pässwörd ñ ç",
  beyond_bmp: "🔑 𝔖 漢字",
  combining: "e\u0301 is not \u00e9",
  byte_order_mark: "\ufeffbom",
  right_to_left: "سر",
  separators: "a\u2028b\u2029c\u00a0d\u200be",
};

const spaces: Readonly<Record<string, string>> = {
  around: "  two spaces around  ",
  newline: "one newline\n",
  newlines: "two newlines\n\n",
  windows: "a Windows line end\r\n",
  tab: "\ttab\t",
  leading: "\nleading newline",
  blank: " ",
};

/** Every byte there is, with sequences in it that are no UTF-8, and as long again backwards. */
const everyByte = Uint8Array.from({ length: 512 }, (_, at) => (at < 256 ? at : 511 - at));

async function comesBack(trial: Parameters<Parameters<typeof test>[0]>[0], values: Readonly<Record<string, string>>) {
  for (const [label, value] of Object.entries(values)) {
    const name = trial.name(label);
    await trial.seed(name, value);
    await trial.expectValue(name, value, `the value of the kind "${label}"`);
  }
}

export const valueTests = {
  "get: text comes back as it was stored": test((trial) => comesBack(trial, texts)),

  "get: any Unicode comes back as it was stored": test((trial) => comesBack(trial, unicode)),

  "get: white space and line ends are part of the value": test((trial) => comesBack(trial, spaces)),

  "get: an empty string is a value": test(async (trial) => {
    const name = trial.name("empty");
    await trial.seed(name, "");
    await trial.expectValue(name, "", "an empty value");
  }),

  "get: bytes come back as they were stored": test(async (trial) => {
    const values = {
      every_byte: everyByte,
      nul: Uint8Array.of(0, 1, 0),
      no_utf8: Uint8Array.of(0xff, 0xfe, 0x80, 0xc3),
    };
    for (const [label, value] of Object.entries(values)) {
      const name = trial.name(label);
      await trial.seed(name, Uint8Array.from(value));
      await trial.expectValue(name, value, `the bytes of the kind "${label}"`);
    }
  }),

  "get: 64 KiB come back whole": test(async (trial) => {
    const name = trial.name("large");
    // No two parts of it are alike, so that none can be lost or stand twice.
    const value = Array.from({ length: 65_536 / 8 }, (_, at) => `${at}`.padStart(7, "0"))
      .join(",")
      .padEnd(65_536, ".");
    await trial.seed(name, value);
    await trial.expectValue(name, value, "a value of 64 KiB");
  }),

  "get: the next call sees a change": test(async (trial) => {
    const name = trial.name("changing");
    for (const value of ["first value", "second value", "third value"]) {
      await trial.seed(name, value);
      expectSame((await trial.read(name)).value, value, "right after a change");
    }
  }),

  "get: what is handed out is a copy": test(async (trial) => {
    const name = trial.name("copied");
    const value = Uint8Array.from(everyByte.subarray(200));
    await trial.seed(name, Uint8Array.from(value));
    const first = (await trial.read(name)).value;
    if (typeof first === "string") throw new NotApplicable("the provider hands out text, which cannot be changed");
    first.fill(7);
    expectSame((await trial.read(name)).value, value, "after the bytes handed out first were overwritten");
    const ref = { name, stage: "current" } as const;
    if (!trial.features.has("getMany")) return;
    const batched = (await trial.readMany([ref])).get(ref);
    if (batched === undefined || batched instanceof Error || typeof batched.value === "string") return; // other clauses
    batched.value.fill(7);
    expectSame((await trial.read(name)).value, value, "after the bytes that a batch handed out were overwritten");
  }),

  "get: 50 reads at once get their own answers": test(async (trial) => {
    const names = Array.from({ length: 10 }, (_, index) => trial.name(`parallel_${index}`));
    for (const name of names) await trial.seed(name, `value of ${name}`);
    const core = trial.core();
    const asked = Array.from({ length: 50 }, (_, index) => names[index % names.length] ?? "");
    await Promise.all(
      asked.map(async (name) => {
        const { value } = await trial.read(name);
        holds(Buffer.from(value as string).toString() === `value of ${name}`, "a read got another read's answer");
      }),
    );
    const secrets = await Promise.all(asked.map((name) => core.get(name)));
    const right = secrets.every((secret, index) => secret.reveal() === `value of ${asked[index]}`);
    holds(right, "a read through core got another read's answer");
  }),
};
