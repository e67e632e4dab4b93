import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { envProvider } from "../src/index.js";
import { asNobody, cannotBeRefused } from "./as-nobody.js";
import { ask, batchOf, errorOf, namesOf, readValue } from "./ask.js";
import { KubernetesVolume } from "./kubernetes-volume.js";
import { tempFolder } from "./temp-folder.js";

// The real file system; a test may do something right before a file is opened or a folder listed, to be in time for a swap.
const beforeOpen = vi.hoisted(() => ({ run: (_path: string): void => {} }));
const beforeListing = vi.hoisted(() => ({ run: (_path: string): void => {} }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const watched: typeof real.open = (path, ...rest) => {
    beforeOpen.run(String(path));
    return real.open(path, ...rest);
  };
  const readdir = vi.fn((path: string, options: { withFileTypes: true }) => {
    beforeListing.run(path);
    return real.readdir(path, options);
  });
  return { ...real, open: vi.fn(watched), readdir, realpath: vi.fn(real.realpath) };
});
beforeEach(() => {
  beforeOpen.run = () => {};
  beforeListing.run = () => {};
  vi.mocked(open).mockClear();
  vi.mocked(realpath).mockClear();
});

const over = (directory: string) => envProvider({ env: {}, files: [], directory });

describe("a Kubernetes volume", () => {
  it("is read without the trailing newline, by literal and by variable name, in folders too", async () => {
    const volume = new KubernetesVolume({ DB_PASSWORD: "x\n", "tls.key": "k", "llm_api_key/control_plane": "l" });
    expect(
      await batchOf(over(volume.directory), ["db/password", "tls.key", "llm_api_key/control_plane", "none"]),
    ).toEqual({
      "db/password": "x",
      "tls.key": "k",
      "llm_api_key/control_plane": "l",
      none: "ERR_SECRETS_NOT_FOUND",
    });
  });

  it("shows an update with the next read, and a file that is gone as not found", async () => {
    const volume = new KubernetesVolume({ A: "1", B: "1" });
    const provider = over(volume.directory);
    expect(await batchOf(provider, ["A", "B"])).toEqual({ A: "1", B: "1" });
    volume.update({ A: "2", C: "2" });
    expect(await batchOf(provider, ["A", "B", "C"])).toEqual({ A: "2", B: "ERR_SECRETS_NOT_FOUND", C: "2" });
  });

  it("is followed once for a batch: what is swapped in meanwhile is for the next one", async () => {
    const volume = new KubernetesVolume({ A: "1", B: "1", C: "1" });
    const provider = over(volume.directory);
    const old = volume.folder;
    beforeOpen.run = (path) => {
      if (!path.endsWith("B")) return;
      beforeOpen.run = () => {};
      // Swapped, but the old folder is not deleted yet.
      mkdirSync(join(volume.directory, "..next"));
      for (const name of ["A", "B", "C"]) writeFileSync(join(volume.directory, "..next", name), "2");
      rmSync(join(volume.directory, "..data"));
      symlinkSync("..next", join(volume.directory, "..data"));
    };
    expect(await batchOf(provider, ["A", "B", "C"])).toEqual({ A: "1", B: "1", C: "1" });
    expect(readdirSync(old)).toHaveLength(3);
    expect(vi.mocked(realpath)).toHaveBeenCalledTimes(1);
    expect(await batchOf(provider, ["A", "B", "C"])).toEqual({ A: "2", B: "2", C: "2" });
  });

  it("is read again from the start when the old version is deleted in the middle of a batch", async () => {
    const volume = new KubernetesVolume({ A: "1", B: "1", C: "1" });
    const provider = over(volume.directory);
    beforeOpen.run = (path) => {
      if (!path.endsWith("B")) return;
      beforeOpen.run = () => {};
      volume.update({ A: "2", B: "2", C: "2" });
    };
    expect(await batchOf(provider, ["A", "B", "C"])).toEqual({ A: "2", B: "2", C: "2" });
  });

  it("does not report a secret as missing because its version is half deleted", async () => {
    const volume = new KubernetesVolume({ A: "1", B: "1" });
    const provider = over(volume.directory);
    beforeOpen.run = (path) => {
      if (!path.endsWith("B")) return;
      beforeOpen.run = () => {};
      const old = volume.folder;
      volume.update({ A: "2", B: "2" });
      mkdirSync(old);
      writeFileSync(join(old, "A"), "1"); // the folder is still there, B is not
    };
    expect(await batchOf(provider, ["A", "B"])).toEqual({ A: "2", B: "2" });
  });

  it("is an outage, not 'not found', when it is replaced at every try", async () => {
    const volume = new KubernetesVolume({ A: "0", B: "0" });
    const provider = over(volume.directory);
    let generation = 0;
    beforeOpen.run = () => volume.update({ A: `${++generation}`, B: `${generation}` });
    const error = await errorOf(ask(provider, "A"));
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE", retryable: true, secretName: "A", provider: "env" });
    expect(generation).toBeLessThan(100);
  });

  it("is an outage when ..data leads nowhere", async () => {
    const directory = tempFolder();
    symlinkSync("..gone", join(directory, "..data"));
    expect((await errorOf(ask(over(directory), "A"))).code).toBe("ERR_SECRETS_UNAVAILABLE");
    expect((await errorOf(batchOf(over(directory), ["A", "B"]))).code).toBe("ERR_SECRETS_UNAVAILABLE");
    expect((await errorOf(namesOf(over(directory)))).code).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it("lists the files of the version in use, and nothing of Kubernetes' own", async () => {
    const volume = new KubernetesVolume({ DB_USER: "u", "llm_api_key/control_plane": "l", ".dockerconfigjson": "{}" });
    const provider = over(volume.directory);
    expect((await namesOf(provider)).sort()).toEqual([".dockerconfigjson", "DB_USER", "llm_api_key/control_plane"]);
    expect(await namesOf(provider, "llm_api_key/")).toEqual(["llm_api_key/control_plane"]);
    volume.update({ NEW: "n" });
    expect(await namesOf(provider)).toEqual(["NEW"]);
  });

  it.each(["half deleted", "deleted"])(
    "is listed again when the version that is listed is %s meanwhile",
    async (how) => {
      const volume = new KubernetesVolume({ A: "1", B: "1" });
      beforeListing.run = (folder) => {
        beforeListing.run = () => {};
        volume.update({ A: "2", B: "2", C: "2" });
        if (how === "half deleted") mkdirSync(folder);
      };
      expect((await namesOf(over(volume.directory))).sort()).toEqual(["A", "B", "C"]);
    },
  );

  it("never yields a batch of two versions while it is swapped over and over", async () => {
    const names = ["A", "B", "C", "D"];
    const directory = tempFolder();
    await swapForever(directory, names);
    const provider = over(directory);
    const generations = new Set<string>();
    const startedAt = Date.now();
    let outages = 0;
    let batches = 0;
    while (generations.size < 30 || Date.now() - startedAt < 1_500) {
      const answers = await batchOf(provider, names).catch((error: unknown) => {
        // Twenty swaps in a row may be too many; then it says so.
        expect(error).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
        outages += 1;
      });
      if (!answers) continue;
      const values = new Set(Object.values(answers).map(String));
      expect([...values]).toEqual([expect.stringMatching(/^\d+$/)]);
      for (const value of values) generations.add(value);
      batches += 1;
    }
    expect(batches).toBeGreaterThan(outages);
  });
});

describe("a plain folder of secrets", () => {
  it("works like a volume", async () => {
    const directory = tempFolder();
    writeFileSync(join(directory, "db_password"), "one\n");
    const provider = over(directory);
    expect(await readValue(provider, "db_password")).toBe("one");
    writeFileSync(join(directory, "db_password"), "two\n");
    expect(await readValue(provider, "db_password")).toBe("two");
  });

  it("may hold links, of which those that lead to files are listed", async () => {
    const directory = tempFolder();
    writeFileSync(join(directory, "file"), "x");
    symlinkSync("file", join(directory, "link"));
    symlinkSync("absent", join(directory, "dangling"));
    symlinkSync("loop", join(directory, "loop"));
    symlinkSync(".", join(directory, "self"));
    writeFileSync(join(directory, "..own"), "x");
    expect((await namesOf(over(directory))).sort()).toEqual(["file", "link"]);
    expect(await readValue(over(directory), "link")).toBe("x");
  });

  it("does not find what lies below a file, or has a name that no file can have", async () => {
    const directory = tempFolder();
    writeFileSync(join(directory, "a"), "x");
    for (const name of ["a/b", "n".repeat(300)]) {
      expect((await errorOf(ask(over(directory), name))).code).toBe("ERR_SECRETS_NOT_FOUND");
    }
  });

  it("refuses a name that is a folder, rather than fall through to the files", async () => {
    const directory = tempFolder();
    mkdirSync(join(directory, "db"));
    writeFileSync(join(directory, ".env"), "db=weaker\n");
    const provider = envProvider({ env: {}, directory, files: [join(directory, ".env")] });
    expect((await errorOf(ask(provider, "db"))).code).toBe("ERR_SECRETS_INVALID_CONFIG");
  });
});

describe("the folder itself", () => {
  it("must exist and be a folder", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "file"), "x");
    symlinkSync("loop", join(folder, "loop"));
    for (const directory of ["absent", "file", "file/below", "loop"].map((name) => join(folder, name))) {
      const error = await errorOf(ask(over(directory), "KEY"));
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", secretName: "KEY", provider: "env" });
      expect(error.hint).toContain("SECRETS_DIRECTORY");
      expect((await errorOf(namesOf(over(directory)))).code).toBe("ERR_SECRETS_INVALID_CONFIG");
    }
  });

  it("is an error that a later layer does not hide, and an earlier one does", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, ".env"), "A=weaker\n");
    const provider = envProvider({ env: { B: "b" }, directory: join(folder, "absent"), files: [join(folder, ".env")] });
    expect(await batchOf(provider, ["A", "B"])).toEqual({ A: "ERR_SECRETS_INVALID_CONFIG", B: "b" });
  });

  it.skipIf(cannotBeRefused)(
    `is 'access denied' when it may not be entered or listed${cannotBeRefused ? ` (skipped: ${cannotBeRefused})` : ""}`,
    async () => {
      const directory = join(tempFolder(), "volume");
      mkdirSync(directory);
      writeFileSync(join(directory, "KEY"), "x");
      chmodSync(directory, 0o000);
      const provider = over(directory);
      const [one, all] = await asNobody(async () => [
        await errorOf(ask(provider, "KEY")),
        await errorOf(namesOf(provider)),
      ]);
      chmodSync(directory, 0o711);
      const [found, list] = await asNobody(async () => [
        await readValue(provider, "KEY"),
        await errorOf(namesOf(provider)),
      ]);
      chmodSync(directory, 0o755);
      expect([one?.code, all?.code, list.code]).toEqual(Array(3).fill("ERR_SECRETS_ACCESS_DENIED"));
      expect(found).toBe("x");
    },
  );

  it.skipIf(cannotBeRefused)(
    `is no matter when only one of its files may not be read${cannotBeRefused ? ` (skipped: ${cannotBeRefused})` : ""}`,
    async () => {
      const volume = new KubernetesVolume({ A: "a", B: "b" });
      chmodSync(join(volume.folder, "B"), 0o000);
      const answers = await asNobody(() => batchOf(over(volume.directory), ["A", "B"]));
      expect(answers).toEqual({ A: "a", B: "ERR_SECRETS_ACCESS_DENIED" });
    },
  );
});

/** Another process that updates a volume as the kubelet does, as fast as it can; each file holds the version's number. */
async function swapForever(directory: string, names: readonly string[]): Promise<void> {
  const script = `
    const { mkdirSync, writeFileSync, symlinkSync, renameSync, rmSync } = require("node:fs");
    const [directory, ...names] = process.argv.slice(1);
    process.chdir(directory);
    let version = 0;
    const swap = () => {
      const old = "..v" + version++, next = "..v" + version;
      mkdirSync(next);
      for (const name of names) writeFileSync(next + "/" + name, String(version));
      symlinkSync(next, "..data_tmp");
      renameSync("..data_tmp", "..data");
      rmSync(old, { recursive: true, force: true });
      if (version === 1) process.stdout.write("ready");
      setTimeout(swap, version % 4);
    };
    swap();`;
  const child: ChildProcess = spawn(process.execPath, ["-e", script, directory, ...names], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  if (child.stdout) await once(child.stdout, "data");
}

describe("a link that leads nowhere", () => {
  it("is an error, and no reason to ask a layer below for an older value", async () => {
    const directory = tempFolder();
    symlinkSync("gone", join(directory, "DB_PASSWORD"));
    const file = join(tempFolder(), ".env");
    writeFileSync(file, "DB_PASSWORD=older\n");
    const provider = envProvider({ env: {}, files: [file], directory });
    expect(await errorOf(ask(provider, "DB_PASSWORD"))).toMatchObject({
      code: "ERR_SECRETS_INVALID_CONFIG",
      secretName: "DB_PASSWORD",
      hint: expect.stringContaining('link "DB_PASSWORD" leads to does not exist'),
    });
  });
});
