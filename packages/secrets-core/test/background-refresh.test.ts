import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fakeClock } from "@qarion-testing/support";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSecrets } from "../src/index.js";
import { type RecordedStoreOptions, recordedStore } from "./recorded-store.js";

const ttlMs = 60_000;

function setup(names: readonly string[], options?: RecordedStoreOptions) {
  const store = recordedStore(Object.fromEntries(names.map((name) => [name, "1"])), options);
  const clock = fakeClock();
  return { store, clock, secrets: createSecrets({ provider: store, clock, cache: { ttlMs }, timeoutMs: 1_000 }) };
}

describe("the background refresh", () => {
  it("is not there without live(): reads set no timer", async () => {
    const { clock, secrets } = setup(["A"]);
    await secrets.get("A");
    expect(clock.sleepers()).toEqual([]);
  });

  it("is one timer for however many live secrets, in the background", async () => {
    const { clock, secrets } = setup(["A", "B", "C"]);
    for (const name of ["A", "B", "C", "A"]) await secrets.live(name);
    await clock.advance(0);
    expect(clock.sleepers()).toHaveLength(1);
    await clock.advance(3 * ttlMs);
    expect(clock.sleepers()).toHaveLength(1);
    expect(clock.sleepers()[0]).toMatchObject({ background: true });
  });

  it("ends with the last live secret, and begins again with the next", async () => {
    const { store, clock, secrets } = setup(["A", "B"]);
    const [a, b] = [await secrets.live("A"), await secrets.live("B")];
    await a.close();
    await clock.advance(0);
    expect(clock.sleepers()).toHaveLength(1);
    await b.close();
    await clock.advance(0);
    expect(clock.sleepers()).toEqual([]);
    const again = await secrets.live("A");
    store.memory.rotate("A", "2");
    await clock.advance(ttlMs);
    expect(again.current.reveal()).toBe("2");
  });

  it("begins again also when the next live secret comes in the same moment", async () => {
    const { store, clock, secrets } = setup(["A"]);
    const first = await secrets.live("A");
    const closing = first.close();
    const second = secrets.live("A");
    await closing;
    store.memory.rotate("A", "2");
    await clock.advance(ttlMs);
    expect((await second).current.reveal()).toBe("2");
  });

  it("ends with its Secrets", async () => {
    const { store, clock, secrets } = setup(["A"]);
    await secrets.live("A");
    await secrets.close();
    store.calls.length = 0;
    await clock.advance(10 * ttlMs);
    expect(clock.sleepers()).toEqual([]);
    expect(store.calls).toEqual([]);
  });

  it("wakes for the one that is due first, though that came last", async () => {
    const store = recordedStore({ A: "1", SOON: "1" });
    const get = store.get.bind(store);
    store.get = async (ref, context) => ({
      ...(await get(ref, context)),
      ...(ref.name === "SOON" && { maxAgeMs: 1_000 }),
    });
    const clock = fakeClock();
    const secrets = createSecrets({ provider: store, clock, cache: { ttlMs } });
    await secrets.live("A");
    const soon = await secrets.live("SOON");
    store.memory.set("SOON", "2");
    await clock.advance(1_000);
    expect(soon.current.reveal()).toBe("2");
  });

  it("goes on for the others while one hangs", async () => {
    const { store, clock, secrets } = setup(["A", "B"], { batch: false });
    const [a, b] = [await secrets.live("A"), await secrets.live("B")];
    const get = store.get.bind(store);
    store.get = (ref, context) => (ref.name === "A" ? new Promise(() => undefined) : get(ref, context));
    for (const value of ["2", "3", "4"]) {
      store.memory.set("B", value);
      await clock.advance(ttlMs);
      expect(b.current.reveal()).toBe(value);
    }
    expect(a.error).toMatchObject({ code: "ERR_SECRETS_TIMEOUT" });
  });

  it("sees what became due while the machine was frozen at the latest an hour later", async () => {
    const store = recordedStore({ A: "1" });
    const clock = fakeClock();
    const secrets = createSecrets({ provider: store, clock, cache: { ttlMs: 100 * 3_600_000 } });
    const live = await secrets.live("A");
    store.memory.set("A", "2");
    clock.freeze(100 * 3_600_000);
    await clock.advance(3_600_000);
    expect(live.current.reveal()).toBe("2");
  });

  it("asks for those that are due together in one batch", async () => {
    const { store, clock, secrets } = setup(["A", "B", "C"]);
    for (const name of ["A", "B", "C"]) await secrets.live(name);
    store.calls.length = 0;
    clock.freeze(3_600_000);
    await clock.advance(ttlMs);
    expect(store.calls[0]).toBe("getMany A,B,C");
  });
});

describe("a process with a live secret", () => {
  let folder: string;

  // A process of its own runs JavaScript: the sources without their types, as the build leaves them.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "qarion-secrets-core-"));
    const sources = fileURLToPath(new URL("../src/", import.meta.url));
    for (const file of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const target = join(folder, file.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(target), { recursive: true });
      const { outputText } = ts.transpileModule(readFileSync(join(sources, file), "utf8"), {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
        },
      });
      writeFileSync(target, outputText);
    }
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  async function run(program: string): Promise<string> {
    writeFileSync(join(folder, "program.js"), program);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, "program.js")], {
      timeout: 10_000,
    });
    expect(stderr).toBe("");
    return stdout;
  }

  it("exits by itself when its work is done", async () => {
    const output = await run(`
      import { createSecrets, memoryProvider } from "./index.js";
      const secrets = createSecrets({ provider: memoryProvider({ A: "1" }) });
      const live = await secrets.live("A");
      const derived = await live.derive((secret) => secret.reveal().length);
      console.log(live.current, derived.current);
    `);
    expect(output).toBe("[redacted A] 1\n");
  });

  it("keeps following the store as long as something else keeps it alive", async () => {
    const output = await run(`
      import { createSecrets, memoryProvider } from "./index.js";
      const provider = memoryProvider({ A: "1" });
      const secrets = createSecrets({ provider, cache: { ttlMs: 20 } });
      const live = await secrets.live("A");
      provider.rotate("A", "12");
      const keepAlive = setTimeout(() => {}, 5_000);
      live.onChange((next) => {
        console.log(next.reveal().length);
        clearTimeout(keepAlive);
      });
    `);
    expect(output).toBe("2\n");
  });
});
