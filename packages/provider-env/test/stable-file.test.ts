import { execFileSync } from "node:child_process";
import {
  closeSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { envProvider } from "../src/index.js";
import { ask, errorOf, readValue } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

/** However busy the machine is, the file was changed a millisecond ago. */
function changedJustNow(file: string): void {
  const clock = vi.spyOn(Date, "now").mockImplementation(() => statSync(file).ctimeMs + 1);
  onTestFinished(() => clock.mockRestore());
}

describe("a file that is being written", () => {
  it("is given a moment when it was just truncated, as editors do before they write", async () => {
    const directory = tempFolder();
    const file = join(directory, "KEY");
    writeFileSync(file, "old");
    changedJustNow(file);
    const provider = envProvider({ env: {}, files: [], directory });
    for (let round = 0; round < 6; round++) {
      truncateSync(file);
      if (round % 2 === 0) utimesSync(file, 1, 1); // as a copying tool does that keeps times
      const value = readValue(provider, "KEY");
      await sleep(3);
      writeFileSync(file, `new ${round}`);
      expect(await value).toBe(`new ${round}`);
    }
  });

  it("is not read in two halves", async () => {
    const directory = tempFolder();
    const file = join(directory, "KEY");
    const half = 400_000;
    writeFileSync(file, "a".repeat(2 * half));
    changedJustNow(file);
    const provider = envProvider({ env: {}, files: [], directory });
    for (const letter of ["b", "a", "b"]) {
      const descriptor = openSync(file, "r+");
      writeSync(descriptor, letter.repeat(half));
      const value = readValue(provider, "KEY");
      await sleep(3);
      writeSync(descriptor, letter.repeat(half));
      closeSync(descriptor);
      expect(await value).toBe(letter.repeat(2 * half));
    }
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
