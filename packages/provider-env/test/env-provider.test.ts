import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecrets, type ProviderRef } from "@qarion/secrets-core";
import { describe, expect, it, vi } from "vitest";
import { envProvider } from "../src/index.js";
import { ask, batchOf, context, errorOf, namesOf, readValue, ref } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

function layered() {
  const folder = tempFolder();
  const directory = join(folder, "volume");
  mkdirSync(directory);
  const local = join(folder, ".env.local");
  const shared = join(folder, ".env");
  const env: Record<string, string | undefined> = {};
  return { env, directory, local, shared, provider: envProvider({ env, directory, files: [local, shared] }) };
}

describe("layers", () => {
  it("asks the environment, then the volume, then the files in their order", async () => {
    const { env, directory, local, shared, provider } = layered();
    writeFileSync(shared, "KEY=from .env");
    expect(await readValue(provider, "KEY")).toBe("from .env");
    writeFileSync(local, "KEY=from .env.local");
    expect(await readValue(provider, "KEY")).toBe("from .env.local");
    writeFileSync(join(directory, "KEY"), "from the volume");
    expect(await readValue(provider, "KEY")).toBe("from the volume");
    env.KEY = "from the environment";
    expect(await readValue(provider, "KEY")).toBe("from the environment");
  });

  it("prefers the literal name within a layer, and a layer over the next", async () => {
    const { env, directory, shared, provider } = layered();
    mkdirSync(join(directory, "llm_api_key"));
    writeFileSync(join(directory, "llm_api_key", "control_plane"), "literal, volume");
    writeFileSync(join(directory, "LLM_API_KEY_CONTROL_PLANE"), "variable, volume");
    writeFileSync(shared, "LLM_API_KEY_CONTROL_PLANE=file");
    expect(await readValue(provider, "llm_api_key/control_plane")).toBe("literal, volume");
    env.LLM_API_KEY_CONTROL_PLANE = "variable, environment";
    expect(await readValue(provider, "llm_api_key/control_plane")).toBe("variable, environment");
    env["llm_api_key/control_plane"] = "literal, environment";
    expect(await readValue(provider, "llm_api_key/control_plane")).toBe("literal, environment");
  });

  it("reads process.env by default, live, and never writes to it", async () => {
    const provider = envProvider({ files: [] });
    vi.stubEnv("PROVIDER_ENV_LIVE", "one");
    expect(await readValue(provider, "PROVIDER_ENV_LIVE")).toBe("one");
    vi.stubEnv("PROVIDER_ENV_LIVE", "two");
    expect(await readValue(provider, "provider_env/live")).toBe("two");
    vi.unstubAllEnvs();
    expect((await errorOf(ask(provider, "PROVIDER_ENV_LIVE"))).code).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("leaves the environment untouched and prints nothing when it reads files", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, ".env"), "ONLY_IN_FILE=x\n");
    const printed = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
    const before = { ...process.env };
    expect(await readValue(envProvider({ files: [join(folder, ".env")] }), "ONLY_IN_FILE")).toBe("x");
    for (const stream of printed) {
      expect(stream).not.toHaveBeenCalled();
      stream.mockRestore();
    }
    expect({ ...process.env }).toEqual(before);
  });

  it("works with a frozen record", async () => {
    const env = Object.freeze({ KEY: "x" });
    expect(await readValue(envProvider({ env, files: [] }), "KEY")).toBe("x");
  });

  it("reads .env.local and .env of the working directory by default, and none with files: []", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, ".env.local"), "A=local\n");
    writeFileSync(join(folder, ".env"), "A=shared\nB=shared\n");
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(folder);
    const [usual, none] = [envProvider({ env: {} }), envProvider({ env: {}, files: [] })];
    cwd.mockRestore();
    expect(await batchOf(usual, ["A", "B"])).toEqual({ A: "local", B: "shared" });
    expect((await errorOf(ask(none, "A"))).code).toBe("ERR_SECRETS_NOT_FOUND");
  });

  it("takes an empty string for a value, which hides later layers", async () => {
    const { env, shared, provider } = layered();
    writeFileSync(shared, "KEY=set\n");
    env.KEY = "";
    expect(await readValue(provider, "KEY")).toBe("");
  });

  it("takes only a record's own properties for variables", async () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect((await errorOf(ask(envProvider({ env: {}, files: [] }), name))).code).toBe("ERR_SECRETS_NOT_FOUND");
    }
  });

  it.each([{ directory: "" }, { directory: "  " }, { files: [".env", ""] }])("refuses a blank path: %j", (options) => {
    expect(() => envProvider({ env: {}, ...options })).toThrow(
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG", provider: "env" }),
    );
  });
});

describe("what it tells core", () => {
  it("says that it has stages but no versions, keeps nothing for later, and is never to be cached", async () => {
    const provider = envProvider({ env: { KEY: "x" }, files: [] });
    expect(provider.name).toBe("env");
    expect(provider.capabilities).toEqual({ stages: true, versions: false, durable: false, maxAgeMs: 0 });
    expect(await ask(provider, "KEY")).toEqual({ value: "x", version: "1", maxAgeMs: 0 });
  });

  it("refuses a version", async () => {
    const provider = envProvider({ env: { KEY: "x" }, files: [] });
    const error = await errorOf(provider.get({ name: "KEY", stage: "current", version: "1" }, context));
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNSUPPORTED", secretName: "KEY", provider: "env" });
  });

  it("shows a change to users of core at once", async () => {
    const env: Record<string, string> = { KEY: "one" };
    await using secrets = createSecrets({ provider: envProvider({ env, files: [] }) });
    expect((await secrets.get("key")).reveal()).toBe("one");
    env.KEY = "two";
    expect((await secrets.get("key")).reveal()).toBe("two");
    delete env.KEY;
    expect(await secrets.getOptional("key")).toBeUndefined();
    env.KEY = "three";
    expect((await secrets.get("key")).reveal()).toBe("three");
  });
});

describe("not found", () => {
  it("says which names were looked for, where, and what to set", async () => {
    const folder = tempFolder();
    const files = [join(folder, ".env.local"), join(folder, ".env")];
    const error = await errorOf(ask(envProvider({ env: {}, files, directory: folder }), "llm_api_key/control_plane"));
    expect(error).toMatchObject({
      code: "ERR_SECRETS_NOT_FOUND",
      secretName: "llm_api_key/control_plane",
      provider: "env",
      retryable: false,
      hint:
        "Set LLM_API_KEY_CONTROL_PLANE in the environment, or add it to another layer. Looked for " +
        '"llm_api_key/control_plane" and LLM_API_KEY_CONTROL_PLANE in: the environment, the volume, .env.local, .env.',
    });
  });

  it("names the variable of the stage that was asked for", async () => {
    const error = await errorOf(ask(envProvider({ env: { KEY: "x" }, files: [] }), "KEY", "previous"));
    expect(error.hint).toBe(
      "Set KEY_PREVIOUS in the environment, or add it to another layer. Looked for KEY_PREVIOUS in: the environment.",
    );
  });
});

describe("getMany", () => {
  it("answers each of the very objects passed in, with a secret or its own error", async () => {
    const provider = envProvider({ env: { A: "a", B: "b", B_FILE: "x" }, files: [] });
    const refs: ProviderRef[] = [ref("A"), ref("A"), ref("B"), ref("C"), ref("/D"), { ...ref("A"), version: "1" }];
    const answers = await provider.getMany?.(refs, context);
    expect(answers?.size).toBe(6);
    expect(refs.map((each) => answers?.get(each))).toEqual([
      { value: "a", version: "1", maxAgeMs: 0 },
      { value: "a", version: "1", maxAgeMs: 0 },
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_CONFIG", secretName: "B" }),
      expect.objectContaining({ code: "ERR_SECRETS_NOT_FOUND", secretName: "C" }),
      expect.objectContaining({ code: "ERR_SECRETS_INVALID_REF", secretName: "/D" }),
      expect.objectContaining({ code: "ERR_SECRETS_UNSUPPORTED", secretName: "A" }),
    ]);
  });

  it("fails only what a malformed file could have answered", async () => {
    const { env, shared, provider } = layered();
    env.A = "a";
    writeFileSync(shared, "no assignment\n");
    expect(await batchOf(provider, ["A", "B"])).toEqual({ A: "a", B: "ERR_SECRETS_INVALID_CONFIG" });
  });
});

describe("list", () => {
  it("lists variables, files of the volume and keys of files, each once and by prefix", async () => {
    const { env, directory, local, shared, provider } = layered();
    Object.assign(env, { DB_USER: "u", DB_PASSWORD_FILE: "/nowhere", UNSET: undefined });
    mkdirSync(join(directory, "db"));
    writeFileSync(join(directory, "db", "token"), "t");
    writeFileSync(join(directory, "DB_USER"), "u");
    writeFileSync(local, "DB_USER=x\nexport DB_HOST=h\n");
    writeFileSync(shared, "DB_PORT=1\nOTHER=1\n");
    const all = ["DB_HOST", "DB_PASSWORD", "DB_PASSWORD_FILE", "DB_PORT", "DB_USER", "OTHER", "db/token"];
    expect((await namesOf(provider)).sort()).toEqual(all);
    expect((await namesOf(provider, "DB_")).sort()).toEqual(all.filter((name) => name.startsWith("DB_")));
    expect(await namesOf(provider, "none")).toEqual([]);
  });

  it("fails when a layer cannot be read, rather than list less", async () => {
    const { shared, provider } = layered();
    writeFileSync(shared, "A=1\nbroken\n");
    expect((await errorOf(namesOf(provider))).code).toBe("ERR_SECRETS_INVALID_CONFIG");
  });
});

describe("abort and close", () => {
  it("does nothing for a caller who has given up", async () => {
    const provider = envProvider({ env: { KEY: "x" }, files: [] });
    const signal = AbortSignal.abort();
    const calls = [
      provider.get(ref("KEY"), { signal }),
      provider.getMany?.([ref("KEY")], { signal }),
      provider.list?.({}, { signal })[Symbol.asyncIterator]().next(),
    ];
    for (const call of calls) {
      expect((await errorOf(Promise.resolve(call))).code).toBe("ERR_SECRETS_ABORTED");
    }
  });

  it("gives up in the middle of a read when its caller does", async () => {
    const { shared, provider } = layered();
    writeFileSync(shared, "A=1\n");
    const caller = new AbortController();
    const one = errorOf(provider.get(ref("A"), { signal: caller.signal }));
    const many = errorOf(Promise.resolve(provider.getMany?.([ref("A"), ref("B")], { signal: caller.signal })));
    caller.abort();
    expect((await one).code).toBe("ERR_SECRETS_ABORTED");
    expect((await many).code).toBe("ERR_SECRETS_ABORTED");
  });

  it("closes once and for all, however often it is closed", async () => {
    const provider = envProvider({ env: { KEY: "x" }, files: [] });
    await provider.close?.();
    await provider.close?.();
    expect(await errorOf(ask(provider, "KEY"))).toMatchObject({ code: "ERR_SECRETS_CLOSED", provider: "env" });
    expect((await errorOf(batchOf(provider, ["KEY"]))).code).toBe("ERR_SECRETS_CLOSED");
    expect((await errorOf(namesOf(provider))).code).toBe("ERR_SECRETS_CLOSED");
  });
});
