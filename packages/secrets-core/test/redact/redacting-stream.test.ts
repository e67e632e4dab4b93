import { spawnSync } from "node:child_process";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeSecret } from "../../src/index.js";
import { createRedactor, type Redactor, type RedactorOptions } from "../../src/redact/index.js";
import { formsOf } from "../../src/redact/secret-forms.js";
import { secretOf } from "../../src/secret.js";
import { NaiveMatcher } from "./naive-matcher.js";

/** The first value is named X, the second XX. */
function redactorOf(values: readonly (string | Uint8Array)[], options: RedactorOptions = {}): Redactor {
  const redactor = createRedactor(options);
  const facts = { provider: "fake", stage: "current", fetchedAt: new Date(), state: "fresh" } as const;
  for (const [index, value] of values.entries())
    redactor.add(secretOf(value, { name: "X".repeat(index + 1), ...facts }));
  return redactor;
}

async function through(chunks: readonly (string | Uint8Array)[], redactor: Redactor): Promise<string> {
  let output = "";
  const sink = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      output += String(chunk);
      done();
    },
  });
  await pipeline(Readable.from(chunks), redactor.stream(), sink);
  return output;
}

function textOf(form: string | { whole(): string }): string {
  return typeof form === "string" ? form : form.whole();
}

function pieces<Text extends string | Buffer>(text: Text, cuts: readonly number[]): Text[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((one, other) => one - other);
  const pieces = places.slice(1).map((to, index) => text.slice(places[index], to) as Text);
  return pieces.filter(({ length }) => length > 0);
}

/** Values that begin alike, hold each other or are bytes, and text made of pieces of their forms. */
const logs = fc
  .record({
    bases: fc.array(fc.string({ unit: fc.constantFrom("a", "b", "é", "🔑", "+", "/", " ", '"'), minLength: 8 }), {
      minLength: 1,
      maxLength: 3,
    }),
    bytes: fc.array(fc.uint8Array({ minLength: 8, maxLength: 40 }), { maxLength: 2 }),
    repeats: fc.constantFrom(1, 1, 1, 3, 140),
    derived: fc.array(
      fc.record({ base: fc.nat(), from: fc.nat(12), to: fc.nat(60), tail: fc.string({ unit: "grapheme" }) }),
      { maxLength: 3 },
    ),
    quotes: fc.array(
      fc.record({
        form: fc.nat(),
        from: fc.constantFrom(0, 0, 0, 1, 7),
        to: fc.constantFrom(9, 20, 300, 9_999),
        other: fc.string({ unit: "grapheme", maxLength: 4 }),
      }),
      { maxLength: 6 },
    ),
    cuts: fc.array(fc.nat(), { maxLength: 12 }),
  })
  .map(({ bases, bytes, repeats, derived, quotes, cuts }) => {
    const long = bases.map((base) => base.repeat(repeats));
    const cut = derived.map(({ base, from, to, tail }) => (long[base % long.length] ?? "").slice(from, to) + tail);
    const values = [...new Set([...long, ...cut].map((value) => value.toWellFormed())), ...bytes];
    const forms = values.flatMap((value) => [...formsOf(value, 8)]);
    const text = quotes.map(({ form, from, to, other }) => {
      const quoted = forms[form % forms.length];
      return (quoted === undefined ? "" : textOf(quoted).slice(from, to)) + other;
    });
    return { values, text: text.join("").toWellFormed(), cuts };
  });

describe("a redacting stream", () => {
  it("finds a value wherever it is cut, as text and as bytes", async () => {
    const value = "pässwörd-🔑-0123";
    const bytes = Buffer.from(`before ${value} after`);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(await through(chunks, redactorOf([value]))).toBe("before [redacted X] after");
    }
  });

  it("hands on everything else unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 10 }), async (chunks) => {
        expect(await through(chunks, redactorOf(["not-in-there-0123"]))).toBe(chunks.join(""));
      }),
    );
  });

  it("says what indexOf says for every form of every value, however text and bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(logs, async ({ values, text, cuts }) => {
        const forms = values.flatMap((value) => [...formsOf(value, 8)].map((form) => textOf(form)));
        const expected = new NaiveMatcher(forms, 256).redacted(text, () => "[#]");
        const redactor = redactorOf(values, { replacement: () => "[#]" });
        expect(redactor.redact(text)).toBe(expected);
        expect(await through(pieces(text, cuts), redactor)).toBe(expected);
        expect(await through(pieces(Buffer.from(text), cuts), redactor)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("finds a pair of surrogates that is split across chunks of text", async () => {
    const value = "🔑🗝🔑🗝🔑-keys";
    const text = `🔑${value}🗝`;
    for (let cut = 0; cut <= text.length; cut += 1)
      expect(await through([text.slice(0, cut), text.slice(cut)], redactorOf([value]))).toBe("🔑[redacted X]🗝");
  });

  it("keeps the order of text and of bytes that end within a character", async () => {
    const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    expect(await through(["a", first, second, "b"], redactorOf(["some-long-value"]))).toBe("aéb");
    expect(await through(["a", first, "b"], redactorOf(["some-long-value"]))).toBe("a\uFFFDb");
    expect(await through(["a", first], redactorOf(["some-long-value"]))).toBe("a\uFFFD");
  });

  it("reads text that is written in another encoding", () => {
    const stream = redactorOf(["some-long-value"]).stream();
    stream.write(Buffer.from("a some-long-").toString("hex"), "hex");
    stream.end(Buffer.from("value b").toString("base64"), "base64");
    expect(stream.read()).toBe("a [redacted X] b");
  });

  it("hands on at once what can be no part of a value", () => {
    const stream = redactorOf(["some-long-value"]).stream();
    stream.write("a question? ");
    expect(stream.read()).toBe("a question? ");
    stream.write("some-long-value");
    expect(stream.read()).toBe("[redacted X]");
    stream.write("some-long-v");
    expect(stream.read()).toBe(null);
    stream.end("isit");
    expect(stream.read()).toBe("some-long-visit");
  });

  it("learns of a value also while it holds back what may be the beginning of another", () => {
    const redactor = redactorOf(["\nlong-value"]);
    const stream = redactor.stream();
    stream.write("a line\n");
    redactor.add(fakeSecret("new-value-1", "Y"));
    stream.write("a new-value-1\n");
    stream.end("long-value");
    expect(stream.read()).toBe("a line\na [redacted Y][redacted X]");
  });

  it("and of one that has begun", () => {
    const redactor = redactorOf(["new-things"]);
    const stream = redactor.stream();
    stream.write("a new-");
    redactor.add(fakeSecret("new-value-1", "Y"));
    stream.end("value-1 b");
    expect(stream.read()).toBe("a [redacted Y] b");
  });

  it("learns of a value that is added while it runs", async () => {
    const redactor = createRedactor();
    const stream = redactor.stream();
    let output = "";
    stream.on("data", (text: string) => {
      output += text;
    });
    stream.write("a new-value-1 ");
    redactor.add(fakeSecret("new-value-1", "X"));
    stream.write("a new-value-1 ");
    stream.end();
    await new Promise((resolve) => stream.on("end", resolve));
    expect(output).toBe("a new-value-1 a [redacted X] ");
  });
});

describe("process.stdout behind a redactor", () => {
  it("shows no value, in whatever pieces a program writes it", () => {
    const program = `
      import { createRedactor } from "${new URL("../../dist/redact/index.js", import.meta.url)}";
      import { fakeSecret } from "${new URL("../../dist/index.js", import.meta.url)}";
      const redactor = createRedactor();
      redactor.add(fakeSecret(process.env.PLANTED, "X"));
      const out = redactor.stream();
      out.pipe(process.stdout);
      const half = process.env.PLANTED.length / 2;
      out.write("first " + process.env.PLANTED.slice(0, half));
      setTimeout(() => out.end(process.env.PLANTED.slice(half) + " last\\n"), 20);
    `;
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      env: { PATH: process.env.PATH, PLANTED: "planted-value-0123" },
      encoding: "utf8",
    });
    expect([run.stdout, run.stderr]).toEqual(["first [redacted X] last\n", ""]);
  });
});

describe("a process with little memory", () => {
  it.each([
    ["64 KiB", 2 ** 16],
    ["1 MiB", 2 ** 20],
  ])("takes a value of %s out of what it pipes to stdout, in every form", (_, length) => {
    const program = `
      import { createHash } from "node:crypto";
      import { createRedactor } from "${new URL("../../dist/redact/index.js", import.meta.url)}";
      import { fakeSecret } from "${new URL("../../dist/index.js", import.meta.url)}";
      let value = "";
      for (let block = 0; value.length < ${length}; block += 1)
        value += createHash("sha512").update(String(block)).digest("base64") + "é% ";
      const redactor = createRedactor();
      redactor.add(fakeSecret(value, "X"));
      const out = redactor.stream();
      out.pipe(process.stdout);
      const bytes = Buffer.from(value);
      const forms = [value, bytes.toString("hex"), bytes.toString("base64"), encodeURIComponent(value), JSON.stringify(value)];
      for (const form of forms) {
        const line = Buffer.from("<" + form + ">\\n");
        for (let from = 0; from < line.length; from += 1_000)
          if (!out.write(line.subarray(from, from + 1_000))) await new Promise((resolve) => out.once("drain", resolve));
      }
      out.end();
    `;
    const run = spawnSync(process.execPath, ["--max-old-space-size=96", "--input-type=module", "-e", program], {
      env: { PATH: process.env.PATH },
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    // The last digits of base64 also hold bits of what would follow.
    const lines = run.stdout.replace(/[\w+/=]{0,4}>/g, ">");
    expect(lines).toBe('<[redacted X]>\n<[redacted X]>\n<[redacted X]>\n<[redacted X]>\n<"[redacted X]">\n');
  });
});
