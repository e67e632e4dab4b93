import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, truncateSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { envProvider } from "../src/index.js";
import { ask, errorOf, readValue } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

describe("a file that is being written", () => {
  it("is given a moment when it was just truncated, as editors do before they write", async () => {
    const directory = tempFolder();
    const file = join(directory, "KEY");
    writeFileSync(file, "old");
    const provider = envProvider({ env: {}, files: [], directory });
    for (let round = 0; round < 10; round++) {
      truncateSync(file);
      if (round % 2 === 0) utimesSync(file, 1, 1); // as a copying tool does that keeps times
      const value = readValue(provider, "KEY");
      await sleep(3);
      writeFileSync(file, `new ${round}`);
      expect(await value).toBe(`new ${round}`);
    }
  });

  it("is never read in two halves", async () => {
    const directory = tempFolder();
    const file = join(directory, "KEY");
    const provider = envProvider({ env: {}, files: [], directory });
    const half = 400_000;
    writeFileSync(file, "a".repeat(2 * half));
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 12; round++) {
        const letter = round % 2 === 0 ? "b" : "a";
        const descriptor = openSync(file, "r+");
        writeSync(descriptor, letter.repeat(half));
        await sleep(1);
        writeSync(descriptor, letter.repeat(half));
        closeSync(descriptor);
        await sleep(25);
      }
      writing = false;
    })();
    const kinds = new Set<string>();
    while (writing) {
      const value = String(await readValue(provider, "KEY"));
      kinds.add([...new Set(value)].join(""));
    }
    await writer;
    expect([...kinds].sort()).toEqual(["a", "b"]);
  });

  it("is an outage when it changes during each try", async () => {
    const directory = tempFolder();
    const file = join(directory, "KEY");
    writeFileSync(file, "x".repeat(900_000));
    const provider = envProvider({ env: {}, files: [], directory });
    let done = false;
    const answer = errorOf(ask(provider, "KEY")).finally(() => {
      done = true;
    });
    while (!done) {
      utimesSync(file, Math.random() * 1e9, Math.random() * 1e9);
      await new Promise(setImmediate);
    }
    const error = await answer;
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", retryable: true, secretName: "KEY" });
    expect(error.hint).toContain("was being written each time it was read");
  });
});

describe("what is no regular file", () => {
  it.skipIf(process.platform === "win32")("is refused at once, also a pipe that nobody writes to", async () => {
    const directory = tempFolder();
    execFileSync("mkfifo", [join(directory, "KEY")]);
    const error = await errorOf(ask(envProvider({ env: {}, files: [], directory }), "KEY"));
    expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(error.hint).toContain("is not a regular file");
  });

  it.skipIf(process.platform === "win32")("is no file of endless size either: a device is not read", async () => {
    const provider = envProvider({ env: { KEY_FILE: "/dev/zero" }, files: [] });
    expect((await errorOf(ask(provider, "KEY"))).code).toBe("ERR_SECRETS_INVALID_CONFIG");
  });

  it.skipIf(process.platform !== "linux")(
    "does not mean a file whose size is told as 0 (needs Linux's /proc)",
    async () => {
      const provider = envProvider({ env: { KEY_FILE: "/proc/self/comm" }, files: [] });
      expect(await readValue(provider, "KEY")).toBe(readFileSync("/proc/self/comm", "utf8").trimEnd());
    },
  );
});
