import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envProvider } from "../src/index.js";
import { ask, errorOf, readValue } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

const megabyte = 1024 * 1024;

/** A provider over one file, once through the volume and once through NAME_FILE. */
function overFile(content: string | Uint8Array) {
  const directory = tempFolder();
  writeFileSync(join(directory, "KEY"), content);
  return [
    envProvider({ env: {}, files: [], directory }),
    envProvider({ env: { KEY_FILE: join(directory, "KEY") }, files: [] }),
  ];
}

describe("the value in a file", () => {
  it.each([
    ["x\n", "x"],
    ["x\r\n", "x"],
    ["x\n\n", "x\n"],
    ["x\r\n\r\n", "x\r\n"],
    ["x\r", "x\r"],
    ["\nx", "\nx"],
    [" x \n", " x "],
    ["\n", ""],
    ["", ""],
    ["\uFEFFx", "\uFEFFx"],
    ["a\nb\n", "a\nb"],
    ["a\0b", "a\0b"],
    ["x\u2028", "x\u2028"],
  ])("is its text without exactly one trailing newline: %j gives %j", async (content, value) => {
    for (const provider of overFile(content)) expect(await readValue(provider, "KEY")).toBe(value);
  });

  it("is its bytes, untouched, when they are not UTF-8", async () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x00, 0x0d, 0x0a);
    for (const provider of overFile(bytes)) {
      const value = await readValue(provider, "KEY");
      expect(value).toBeInstanceOf(Uint8Array);
      expect(value).toEqual(bytes);
    }
  });

  it("loses no byte but one newline, whatever the bytes are", async () => {
    const directory = tempFolder();
    const provider = envProvider({ env: {}, files: [], directory });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 64 }),
          fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
        ),
        fc.constantFrom("", "\n", "\r\n"),
        async (bytes, newline) => {
          // What ends in CR and then LF ends in one newline of the other kind: which was meant, nobody can tell.
          fc.pre(!(newline === "\n" && bytes.at(-1) === 0x0d));
          writeFileSync(join(directory, "KEY"), Buffer.concat([bytes, Buffer.from(newline)]));
          const value = await readValue(provider, "KEY");
          if (typeof value !== "string")
            expect(Buffer.from(value)).toEqual(Buffer.concat([bytes, Buffer.from(newline)]));
          else if (newline !== "") expect(`${value}${newline}`).toBe(`${Buffer.from(bytes)}${newline}`);
          else expect(["", "\n", "\r\n"].map((end) => `${value}${end}`)).toContain(`${Buffer.from(bytes)}`);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is read through links", async () => {
    const directory = tempFolder();
    writeFileSync(join(directory, "file"), "x\n");
    symlinkSync("file", join(directory, "one"));
    symlinkSync("one", join(directory, "KEY"));
    expect(await readValue(envProvider({ env: {}, files: [], directory }), "KEY")).toBe("x");
  });

  it("may be 1 MiB long and not a byte longer", async () => {
    for (const provider of overFile("x".repeat(megabyte))) {
      expect(await readValue(provider, "KEY")).toHaveLength(megabyte);
    }
    for (const provider of overFile("x".repeat(megabyte + 1))) {
      expect(await errorOf(ask(provider, "KEY"))).toMatchObject({
        code: "ERR_SECRETS_INVALID_VALUE",
        secretName: "KEY",
        provider: "env",
      });
    }
  });
});
