import { parse } from "dotenv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
// The parser by itself: through files, thousands of cases would each wait for a file to settle.
import { parseDotenv } from "../src/dotenv-syntax.js";

const read = (text: string) => Object.fromEntries(parseDotenv(Buffer.from(text), ".env"));

function refusal(content: string | Uint8Array): string {
  try {
    parseDotenv(Buffer.from(content), ".env");
  } catch (error) {
    return (error as { hint: string }).hint;
  }
  throw new Error("It was accepted.");
}

const key = fc.stringMatching(/^[A-Za-z0-9_.-]{1,10}$/).filter((name) => name !== "__proto__");
const head = fc.tuple(fc.constantFrom("", "export ", " ", "\t"), key, fc.constantFrom("=", " = ", "= ", ": "));
/** Text dense in what the syntax is made of. */
const tricky = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("A", "b", "=", ":", " ", "\n", "'", '"', "`", "\\", "#") },
      {
        weight: 2,
        arbitrary: fc.constantFrom("\nA=", '\nB="', "\nC='", "export ", "\\n", '\\"', "\r\n", "\r", "'\n", '"\n'),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          "\u2028",
          "\u2028A=",
          "\u2029",
          "\u00a0",
          "\uFEFF",
          "\t",
          "\v",
          "é",
          "😀",
          "__proto__",
        ),
      },
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));
const plain = fc.stringMatching(/^[^'"`\\#\r\n\0\u2028\u2029]{0,20}$/);

describe("accepted files", () => {
  it("hold what dotenv reads, whatever the text", () => {
    let accepted = 0;
    fc.assert(
      fc.property(tricky, (text) => {
        let ours: Record<string, string>;
        try {
          ours = read(text);
        } catch {
          return; // refused; which texts may be is the matter of the other properties
        }
        accepted += 1;
        expect(ours).toEqual(parse(text));
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it("may hold any quoted value that dotenv reads back", () => {
    let readBack = 0;
    fc.assert(
      fc.property(
        head,
        fc.constantFrom("'", '"', "`"),
        fc.oneof(tricky, fc.string({ unit: "grapheme" })),
        (start, quote, value) => {
          const text = `FIRST=1\n${start.join("")}${quote}${value}${quote}\nLAST=1\n`;
          const [, name] = start;
          const expected = { FIRST: "1", [name]: value, LAST: "1" };
          fc.pre(!value.includes("\0") && JSON.stringify(parse(text)) === JSON.stringify(expected));
          readBack += 1;
          expect(read(text)).toEqual(expected);
        },
      ),
      { numRuns: 5_000 },
    );
    expect(readBack).toBeGreaterThan(1_000);
  });

  it("may hold any unquoted value that dotenv reads back", () => {
    fc.assert(
      fc.property(head, fc.oneof(tricky, fc.string({ unit: "grapheme" })), (start, value) => {
        const text = `${start.join("")}${value}\n`;
        const [, name] = start;
        fc.pre(!/^['"`]/.test(value) && !value.includes("\0"));
        fc.pre(JSON.stringify(parse(text)) === JSON.stringify({ [name]: value }));
        expect(read(text)).toEqual({ [name]: value });
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ["", {}],
    ["\n\n  \n# a = b\n", {}],
    ["A=1", { A: "1" }],
    ["A=1 # it's fine", { A: "1" }],
    ["A=", { A: "" }],
    ["A=#x", { A: "" }],
    ["A=''\nB=\"\"", { A: "", B: "" }],
    ["A='x' # it's fine\nB=2", { A: "x", B: "2" }],
    ['A="C:\\"\nB="x"', { A: "C:\\", B: "x" }],
    ['A={"a":1}', { A: '{"a":1}' }],
    ['A="{"a":1}"', { A: '{"a":1}' }],
    ["A=a=b", { A: "a=b" }],
    ["A: \nB=2", { A: "", B: "2" }],
    ["export=1", { export: "1" }],
    ["\uFEFFA=1\r\nB='x\r\ny'\r\n", { A: "1", B: "x\ny" }],
  ])("include %j", (text, values) => {
    expect(read(text)).toEqual(values);
  });
});

describe("refused files", () => {
  it.each([
    ["A=1\nB", 2],
    ["A=1\n\n# c\nB C=1", 4],
    ["=x", 1],
    ["A:1", 1],
    ["A:\nB=2", 1], // dotenv would read A as "B=2"
    ["A\n=b", 1],
    ["export A", 1],
    ["export\nA=b", 1],
    ["A=1\n'x'", 2], // dotenv would skip it, and after "A=" take it for the value
    ["A=\n'x'", 2],
    ["A='x\ny'\nB", 3],
    ["[section]", 1],
    ["A=1 # c\u2028B=2", 1], // dotenv begins to read again after U+2028
    ["# c\u2028B=2", 1],
    ["A='x'\u2028B=2", 1],
    ["A=1 # c\u2028A=2", 1],
    ["A='x'\u2028A=2", 1],
    ["A='x' # c\u2029A=2", 1],
    ["__proto__=x", 1], // dotenv drops it
  ])("have a line that is no assignment, or that dotenv reads in another way: %j", (text, line) => {
    expect(refusal(text)).toMatch(new RegExp(`^\\.env, line ${line}: `));
  });

  it.each([
    ['A="x', 1],
    ["A=1\nB='x\nC=2", 2],
    ['A="', 1],
    ["A=' \"", 1],
    ['A="x" y', 1],
    ['A="x#y" z', 1], // dotenv would read "x and drop the rest
    ['A="{"a":"#1"}"', 1], // dotenv would read {"a": and drop the rest
    ["A=1\r\n\r\nB=`x\r\n", 3],
  ])("have a quote that is not closed where it should be: %j", (text, line) => {
    expect(refusal(text)).toBe(
      `.env, line ${line}: the value's quote is not closed, or more than a comment follows the closing one.`,
    );
  });

  it("have any one quote of quoted values left out at the end", () => {
    const quoted = fc.tuple(key, fc.constantFrom("'", '"', "`"), plain);
    fc.assert(
      fc.property(fc.array(quoted), quoted, fc.array(fc.tuple(key, plain)), (before, [name, quote, value], after) => {
        const lines = [
          ...before.map(([k, q, v]) => `${k}=${q}${v}${q}`),
          `${name}=${quote}${value}`,
          ...after.map(([k, v]) => `${k}=${v}`),
        ];
        expect(refusal(lines.join("\n"))).toMatch(new RegExp(`^\\.env, line ${before.length + 1}: the value's quote`));
      }),
    );
  });

  it("have text behind a closing quote", () => {
    fc.assert(
      fc.property(
        key,
        fc.constantFrom("'", '"', "`"),
        plain,
        fc.stringMatching(/^ {0,2}[A-Za-z0-9=]{1,5}$/),
        (k, q, v, more) => {
          expect(refusal(`${k}=${q}${v}${q}${more}\n`)).toMatch(/^\.env, line 1: the value's quote/);
        },
      ),
    );
  });

  it.each([
    [[0x41, 0x3d, 0xff], 1],
    [[...Buffer.from("A=1\nB=é\nC="), 0xc3, 0x0a, 0x44], 3],
    [[0xff, 0xfe, 0x41, 0x00, 0x3d, 0x00, 0x31, 0x00], 1], // UTF-16, as some editors save
    [[...Buffer.from("A=1\nB=\0\n")], 2],
    [[...Buffer.from("# \0")], 1],
  ])("hold bytes that are no UTF-8 text: case %#", (bytes, line) => {
    expect(refusal(Uint8Array.from(bytes))).toMatch(new RegExp(`^\\.env, line ${line}: .*Save the file as UTF-8\\.$`));
  });

  it("never show what they hold", () => {
    const planted = "PLANTED";
    const broken = fc.constantFrom(
      `${planted} x`,
      `A="${planted}`,
      `A='x' ${planted}`,
      `A=\n'${planted}'`,
      `__proto__=${planted}`,
    );
    fc.assert(
      fc.property(fc.array(plain.map((value) => `A=${value}`)), broken, (lines, line) => {
        expect(refusal([...lines, line].join("\n"))).not.toContain(planted);
      }),
    );
  });

  it("are refused in a time that grows with their length alone", () => {
    const started = performance.now();
    for (const text of ["\n".repeat(300_000), 'A="\\"'.repeat(60_000), `A="x"${" ".repeat(300_000)}y`])
      refusal(`${text}@`);
    expect(read(`${"\n".repeat(300_000)}A=1${"\n".repeat(300_000)}`)).toEqual({ A: "1" });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
