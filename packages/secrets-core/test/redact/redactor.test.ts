import { spawnSync } from "node:child_process";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSecrets, fakeSecret, memoryProvider } from "../../src/index.js";
import { createRedactor } from "../../src/redact/index.js";

async function through(chunks: readonly (string | Uint8Array)[], value: string): Promise<string> {
  const redactor = createRedactor();
  redactor.add(fakeSecret(value, "X"));
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

describe("a redacting stream", () => {
  it("finds a value wherever it is cut, as text and as bytes", async () => {
    const value = "pässwörd-🔑-0123";
    const bytes = Buffer.from(`before ${value} after`);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(await through(chunks, value)).toBe("before [redacted X] after");
    }
  });

  it("hands on everything else unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 10 }), async (chunks) => {
        expect(await through(chunks, "not-in-there-0123")).toBe(chunks.join(""));
      }),
    );
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

describe("following a rotation", () => {
  it("knows the value now and the two before, and no older one", async () => {
    const provider = memoryProvider({ X: "value-number-0" });
    const secrets = createSecrets({ provider });
    const redactor = createRedactor();
    redactor.follow(secrets);
    await secrets.get("X");
    for (let number = 1; number <= 3; number += 1) {
      provider.rotate("X", `value-number-${number}`);
      await secrets.refresh("X");
    }
    expect([0, 1, 2, 3].map((number) => redactor.redact(`value-number-${number}`))).toEqual([
      "value-number-0",
      "[redacted X]",
      "[redacted X]",
      "[redacted X]",
    ]);
    await secrets.close();
  });

  it("knows what was read before it followed, and nothing once it stopped", async () => {
    const provider = memoryProvider({ X: "value-before", Y: "value-after" });
    const secrets = createSecrets({ provider });
    await secrets.get("X");
    const redactor = createRedactor();
    const stop = redactor.follow(secrets);
    expect(redactor.redact("value-before")).toBe("[redacted X]");
    stop();
    await secrets.get("Y");
    expect(redactor.redact("value-after")).toBe("value-after");
    await secrets.close();
  });

  it("keeps both keys of a JSON secret under their own name", async () => {
    const secrets = createSecrets({
      provider: memoryProvider({ app: JSON.stringify({ db_password: "value-of-db", other: "short" }) }),
    });
    const redactor = createRedactor();
    redactor.follow(secrets);
    await secrets.get("app#db_password");
    expect(redactor.redact("it is value-of-db")).toBe("it is [redacted app]");
    await secrets.close();
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

describe("a custom replacement", () => {
  it("stands for the value", () => {
    const redactor = createRedactor({ replacement: () => "***" });
    redactor.add(fakeSecret("some-long-value", "X"));
    expect(redactor.redact("a some-long-value b")).toBe("a *** b");
  });

  it("and a minimum length that is no whole number is refused", () => {
    expect(() => createRedactor({ minLength: 0 })).toThrow(RangeError);
    expect(() => createRedactor({ minLength: 1.5 })).toThrow(RangeError);
  });
});
