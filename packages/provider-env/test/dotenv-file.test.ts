import {
  type BigIntStats,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { envProvider } from "../src/index.js";
import { asNobody, cannotBeRefused } from "./as-nobody.js";
import { ask, batchOf, errorOf, readValue } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

// The real file system, with its `open` counted, since whether a file was read again cannot be seen from outside, and
// on demand with time stamps as coarse as those of FAT.
const timestamps = vi.hoisted(() => ({ granularityNs: 1n }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const coarse = (stats: BigIntStats) => {
    stats.mtimeNs -= stats.mtimeNs % timestamps.granularityNs;
    stats.ctimeNs -= stats.ctimeNs % timestamps.granularityNs;
    return stats;
  };
  const openCoarse: typeof real.open = async (...args) => {
    const handle = await real.open(...args);
    const stat = handle.stat.bind(handle);
    return Object.assign(handle, { stat: async () => coarse(await stat({ bigint: true })) });
  };
  const stat = async (path: string) => coarse(await real.stat(path, { bigint: true }));
  return { ...real, open: vi.fn(openCoarse), stat };
});
beforeEach(() => {
  timestamps.granularityNs = 1n;
  vi.mocked(open).mockClear();
});

function dotenv(content?: string) {
  const file = join(tempFolder(), ".env");
  if (content !== undefined) writeFileSync(file, content);
  return { file, provider: envProvider({ env: {}, files: [file] }) };
}

describe(".env files", () => {
  it("are read as dotenv reads them", async () => {
    const { provider } = dotenv(
      [
        "\uFEFF# comment",
        "",
        "PLAIN=plain # comment",
        "export EXPORTED = exported",
        "COLON: colon",
        "EMPTY=",
        'DOUBLE="a # b\\nc"',
        "SINGLE='a\\nb'",
        'BACKTICK=`it\'s "fine"`',
        'LINES="one',
        'two"',
        "dotted.key-1=dotted",
        "TWICE=first",
        "TWICE=second",
      ].join("\r\n"),
    );
    const expected = {
      PLAIN: "plain",
      EXPORTED: "exported",
      COLON: "colon",
      EMPTY: "",
      DOUBLE: "a # b\nc",
      SINGLE: "a\\nb",
      BACKTICK: 'it\'s "fine"',
      LINES: "one\ntwo",
      "dotted.key-1": "dotted",
      TWICE: "second",
    };
    expect(await batchOf(provider, Object.keys(expected))).toEqual(expected);
  });

  it("are skipped when they do not exist, and seen as soon as they do, and gone when they are", async () => {
    const { file, provider } = dotenv();
    expect((await errorOf(ask(provider, "KEY"))).code).toBe("ERR_SECRETS_NOT_FOUND");
    writeFileSync(file, "KEY=x\n");
    expect(await readValue(provider, "KEY")).toBe("x");
    rmSync(file);
    expect((await errorOf(ask(provider, "KEY"))).code).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("are read again when they have changed, and only then", async () => {
    const { file, provider } = dotenv("KEY=one\n");
    await sleep(2100); // until its time stamp is old enough to be trusted
    expect(await readValue(provider, "KEY")).toBe("one");
    const reads = vi.mocked(open).mock.calls.length;
    for (let again = 0; again < 5; again++) expect(await readValue(provider, "KEY")).toBe("one");
    expect(vi.mocked(open).mock.calls.length).toBe(reads);

    writeFileSync(file, "KEY=two\n");
    utimesSync(file, 1, 1); // a copying tool that keeps an old time
    expect(await readValue(provider, "KEY")).toBe("two");
    writeFileSync(`${file}.new`, "KEY=six\n");
    renameSync(`${file}.new`, file);
    expect(await readValue(provider, "KEY")).toBe("six");
  });

  it("show every change of the same length, however quickly changes follow", async () => {
    const { file, provider } = dotenv("KEY=0\n");
    for (let digit = 1; digit <= 9; digit++) {
      writeFileSync(file, `KEY=${digit}\n`);
      expect(await readValue(provider, "KEY")).toBe(String(digit));
    }
  });

  it("show them where time stamps are coarse, too", async () => {
    timestamps.granularityNs = 2_000_000_000n;
    const { file, provider } = dotenv("KEY=0\n");
    const startedAt = Math.floor(Date.now() / 2000);
    for (let digit = 1; digit <= 9 || Math.floor(Date.now() / 2000) === startedAt; digit++) {
      writeFileSync(file, `KEY=${digit % 10}\n`);
      expect(await readValue(provider, "KEY")).toBe(String(digit % 10));
    }
  });

  it("are read once for a batch, so that it never mixes two states of a file", async () => {
    const { provider } = dotenv("A=a\nB=b\nC=c\n");
    await sleep(20); // until the file has settled, so that one read is enough
    expect(await batchOf(provider, ["A", "B", "C", "D"])).toEqual({
      A: "a",
      B: "b",
      C: "c",
      D: "ERR_SECRETS_NOT_FOUND",
    });
    expect(vi.mocked(open).mock.calls.length).toBe(1);
  });

  it("that are malformed are an error with the file's name and the line, until they are mended", async () => {
    const { file, provider } = dotenv("A=a\n\nB='b\n");
    const error = await errorOf(ask(provider, "a"));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", secretName: "a", provider: "env" });
    expect(error.hint).toBe(
      ".env, line 3: the value's quote is not closed, or more than a comment follows the closing one.",
    );
    writeFileSync(file, "A=a\n\nB='b'\n");
    expect(await readValue(provider, "a")).toBe("a");
  });

  it("are an error when they are something else than a file that may be read", async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "folder"));
    symlinkSync("loop", join(folder, "loop"));
    writeFileSync(join(folder, "file"), "");
    for (const path of ["folder", "loop", "file/.env"]) {
      const error = await errorOf(ask(envProvider({ env: {}, files: [join(folder, path)] }), "KEY"));
      expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
      expect(error.message).not.toContain(folder);
    }
  });

  it.skipIf(cannotBeRefused)(
    `that may not be read are 'access denied', never skipped${cannotBeRefused ? ` (skipped: ${cannotBeRefused})` : ""}`,
    async () => {
      const { file, provider } = dotenv("KEY=x\n");
      chmodSync(file, 0o000);
      const error = await asNobody(() => errorOf(ask(provider, "KEY")));
      expect(error).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED", cause: { code: "EACCES" } });
      expect(error.hint).toMatch(/^\.env may not be read by this process/);
    },
  );
});
