import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecrets, type MemoryProvider, memoryProvider, type Secrets } from "@qarion/secrets";
import { type DestinationStream, pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../src/pino-logger.js";
import { buildProgram, type Program } from "./support/run-program.js";

const value = 'pl"änted\\/+&? 0123456789';
const forms = {
  "as it stands": value,
  "in base64": Buffer.from(value).toString("base64"),
  "in a basic authorization": `Basic ${Buffer.from(`app:${value}`).toString("base64")}`,
  "in hex": Buffer.from(value).toString("hex"),
  "in a URL": `https://example.com/?key=${encodeURIComponent(value)}`,
  "in JSON": JSON.stringify({ value }),
};

let folder: string;
let file: string;
let store: MemoryProvider;
let secrets: Secrets;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "recipes-pino-"));
  file = join(folder, "log");
  store = memoryProvider({ API_KEY: value });
  secrets = createSecrets({ provider: store });
  await secrets.get("API_KEY");
});

afterEach(async () => {
  await secrets.close();
  rmSync(folder, { recursive: true });
});

/** Keeps what is logged. */
function recorder(): DestinationStream & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, write: (line) => void lines.push(line) };
}

/** Neither the value nor a form of it. */
function expectNoPart(text: string): void {
  for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), "0123456789"]) {
    expect(text).not.toContain(form);
  }
  expect(text).not.toContain(Buffer.from(value).toString("base64").slice(4, -4));
  expect(text.toLowerCase()).not.toContain(Buffer.from(value).toString("hex"));
}

describe("a logger that redacts by value", () => {
  it.each(Object.entries(forms))("takes a secret out of messages, fields and errors: %s", (_, text) => {
    const log = recorder();
    const logger = createLogger(secrets, {}, log);
    const failure = Object.assign(new Error(`refused: ${text}`, { cause: new Error(text) }), { config: { text } });
    logger.info(`message ${text}`);
    logger.info("formatted %s", text);
    logger.info({ deep: { deeper: [{ text }] }, [text]: 1 });
    logger.error(failure);
    logger.error({ err: failure }, "failed");
    logger.child({ text }).child({ more: text }, { msgPrefix: text }).warn("child");
    expect(log.lines).toHaveLength(6);
    for (const line of log.lines) {
      expectNoPart(line);
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
      expect(line).toContain("[redacted API_KEY]");
    }
  });

  it("cannot be done by pino's own redact, which knows places and not values", () => {
    const log = recorder();
    pino({ redact: ["*.password", "password"] }, log).error(new Error(`refused ${value}`));
    expect(JSON.parse(log.lines[0] ?? "").err.message).toContain(value);
  });

  it("knows the new value and the old one after a rotation, in a child made before it too", async () => {
    const log = recorder();
    const logger = createLogger(secrets, {}, log);
    const child = logger.child({ credential: value });
    store.rotate("API_KEY", "the-value-after-the-rotation");
    await secrets.refresh("API_KEY");
    for (const text of [value, "the-value-after-the-rotation"]) {
      logger.info(text);
      child.info(text);
    }
    expect(log.lines.map((line) => JSON.parse(line).msg)).toEqual(Array(4).fill("[redacted API_KEY]"));
    expectNoPart(log.lines.join(""));
  });

  it("follows the secrets that are read after it was made", async () => {
    const log = recorder();
    const logger = createLogger(secrets, {}, log);
    store.set("LATER", "a-value-that-is-read-later");
    await secrets.get("LATER");
    logger.info("a-value-that-is-read-later");
    expect(JSON.parse(log.lines[0] ?? "").msg).toBe("[redacted LATER]");
  });

  it("keeps the other hooks and options", () => {
    const log = recorder();
    const levels: number[] = [];
    const logger = createLogger(
      secrets,
      {
        base: { service: "shop" },
        hooks: {
          logMethod(args, method, level) {
            levels.push(level);
            method.apply(this, args);
          },
        },
      },
      log,
    );
    logger.info(value);
    expect(JSON.parse(log.lines[0] ?? "")).toMatchObject({ service: "shop", msg: "[redacted API_KEY]" });
    expect(levels).toEqual([pino.levels.values.info]);
  });

  it.each([
    ["sync", { sync: true }],
    ["async", { sync: false }],
    ["async in parts of 1 KiB", { sync: false, minLength: 512, maxWrite: 1_024 }],
  ])("writes whole lines to pino.destination: %s", async (_, options) => {
    const destination = pino.destination({ dest: file, ...options });
    const logger = createLogger(secrets, {}, destination);
    for (let lines = 0; lines < 500; lines += 1) logger.info({ at: lines }, `${"x".repeat(lines)}${value}`);
    await new Promise<void>((resolve) => logger.flush(() => resolve()));
    destination.end();
    await once(destination, "close");
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
      Array.from({ length: 500 }, (_, at) => `${"x".repeat(at)}[redacted API_KEY]`),
    );
  });

  it.each(["as destination", "as option"])("hands redacted lines to a transport, in its thread: %s", async (how) => {
    const target = { target: "pino/file", options: { destination: file } };
    const logger =
      how === "as option"
        ? createLogger(secrets, { transport: target })
        : createLogger(secrets, {}, pino.transport(target));
    logger.info(`first ${value}`);
    await vi.waitFor(() => expect(readFileSync(file, "utf8")).toMatch(/\n$/), 10_000);
    expect(JSON.parse(readFileSync(file, "utf8")).msg).toBe("first [redacted API_KEY]");
    expectNoPart(readFileSync(file, "utf8"));
  });
});

describe("a process that logs and ends", () => {
  let program: Program;
  beforeAll(async () => {
    program = await buildProgram("log-and-exit");
  }, 60_000);
  afterAll(() => program.remove());

  it.each([
    ["sync", "exit"],
    ["sync", "throw"],
    ["async", "exit"],
    ["async", "throw"],
    ["async", "fatal"],
  ])("has every line in the file, redacted: destination %s, %s", async (destination, end) => {
    const { exitCode } = await program.run({ PLANTED: value, FILE: file, DESTINATION: destination, END: end });
    expect(exitCode).toBe(end === "throw" ? 1 : 0);
    const lines = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ msg }) => msg)).toEqual(["first [redacted API_KEY]", "second", "last [redacted API_KEY]"]);
    expect(lines[1].header).toBe("[redacted API_KEY]");
    expectNoPart(readFileSync(file, "utf8"));
  });
});
