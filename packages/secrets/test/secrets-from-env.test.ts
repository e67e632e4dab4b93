import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envPlugin } from "@qarion/provider-env";
import { afterEach, describe, expect, it } from "vitest";
import * as everything from "../src/index.js";
import {
  type CacheOptions,
  memoryProvider,
  type SecretProvider,
  SecretsError,
  type SecretsFromEnvOptions,
  type SecretsPlugin,
  secretsFromEnv,
} from "../src/index.js";

const withCode = (code: string) => expect.objectContaining({ code });
const failure = (opened: Promise<unknown>): Promise<SecretsError> =>
  opened.then(
    () => expect.unreachable("it should have been refused"),
    (error: unknown) => error as SecretsError,
  );

/** A plugin whose provider counts the reads of its one secret. */
function plugin(name: string, value = `value of ${name}`) {
  const seen: { reads: number; envs: unknown[] } = { reads: 0, envs: [] };
  const made: SecretsPlugin = {
    name,
    provider: (env) => {
      seen.envs.push(env);
      const provider = memoryProvider({ SECRET: value });
      const counted: SecretProvider = {
        name,
        capabilities: provider.capabilities,
        get: (ref, context) => {
          seen.reads += 1;
          return provider.get(ref, context);
        },
      };
      return counted;
    },
  };
  return { seen, plugin: made };
}

const home = process.cwd();
const variable = "QARION_TEST_VARIABLE";
let folder: string | undefined;
afterEach(() => {
  process.chdir(home);
  delete process.env[variable];
  if (folder) rmSync(folder, { recursive: true });
  folder = undefined;
});
function inFolder(files: Record<string, string>): void {
  folder = mkdtempSync(join(tmpdir(), "qarion-secrets-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  process.chdir(folder);
}

describe("the default provider", () => {
  it("is the environment, live: what changes there is seen at the next read", async () => {
    inFolder({});
    process.env[variable] = "one";
    const secrets = await secretsFromEnv();
    expect((await secrets.get(variable)).reveal()).toBe("one");
    process.env[variable] = "two";
    expect((await secrets.get(variable)).reveal()).toBe("two");
    expect((await secrets.get(variable)).provider).toBe("env");
    await secrets.close();
  });

  it("reads the .env files of the working directory, behind the environment, and changes neither", async () => {
    inFolder({ ".env": `${variable}=from-env-file\nONLY_IN_FILE=file\n`, ".env.local": "ONLY_IN_LOCAL=local\n" });
    process.env[variable] = "from-environment";
    const before = { ...process.env };
    const secrets = await secretsFromEnv();
    const { a, b, c } = await secrets.getAll({ a: variable, b: "ONLY_IN_FILE", c: "ONLY_IN_LOCAL" });
    expect([a, b, c].map((secret) => secret.reveal())).toEqual(["from-environment", "file", "local"]);
    expect(process.env).toEqual(before);
    await secrets.close();
  });

  it("reads what is given instead of process.env, and nothing else of it", async () => {
    inFolder({});
    process.env[variable] = "of the process";
    const secrets = await secretsFromEnv({ env: { GIVEN: "given" } });
    expect((await secrets.get("GIVEN")).reveal()).toBe("given");
    await expect(secrets.get(variable)).rejects.toThrow(withCode("ERR_SECRETS_NOT_FOUND"));
    await secrets.close();
  });

  it.each([{}, { SECRET_PROVIDER: "" }, { SECRET_PROVIDER: "  " }, { SECRET_PROVIDER: " env\n" }])(
    "is picked by %j",
    async (env) => {
      inFolder({});
      const secrets = await secretsFromEnv({ env: { ...env, GIVEN: "given" } });
      expect((await secrets.get("GIVEN")).provider).toBe("env");
      await secrets.close();
    },
  );
});

describe("a plugin", () => {
  it("of ours may be listed as one of anybody's: a bundler then sees it", async () => {
    inFolder({});
    const secrets = await secretsFromEnv({ env: { GIVEN: "given" }, plugins: [envPlugin] });
    expect((await secrets.get("GIVEN")).reveal()).toBe("given");
    await secrets.close();
  });

  it("is picked by its name, and handed the environment", async () => {
    const acme = plugin("acme");
    const env = { SECRET_PROVIDER: "acme", ACME_URL: "https://secrets.example.com" };
    const secrets = await secretsFromEnv({ env, plugins: [plugin("other").plugin, acme.plugin] });
    expect((await secrets.get("SECRET")).reveal()).toBe("value of acme");
    expect(acme.seen.envs).toEqual([env]);
  });

  it("takes the place of a built-in one of its name: explicit beats built-in", async () => {
    for (const name of ["env", "aws", "gcp", "vault"]) {
      const mine = plugin(name, "mine");
      const secrets = await secretsFromEnv({ env: { SECRET_PROVIDER: name }, plugins: [mine.plugin] });
      expect((await secrets.get("SECRET")).reveal()).toBe("mine");
    }
  });

  it("that is not picked is not touched", async () => {
    const [one, two] = [plugin("one"), plugin("two")];
    await secretsFromEnv({ env: { SECRET_PROVIDER: "one" }, plugins: [one.plugin, two.plugin] });
    expect([one.seen.envs.length, two.seen.envs.length]).toEqual([1, 0]);
  });

  it("may take its time: its provider may be a promise", async () => {
    const slow: SecretsPlugin = {
      name: "slow",
      provider: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return memoryProvider({ SECRET: "late" });
      },
    };
    const secrets = await secretsFromEnv({ env: { SECRET_PROVIDER: "slow" }, plugins: [slow] });
    expect((await secrets.get("SECRET")).reveal()).toBe("late");
  });

  it("of a name that another one has is an error, also when neither is picked", async () => {
    const plugins = [plugin("acme").plugin, plugin("acme").plugin];
    for (const SECRET_PROVIDER of ["acme", "env"]) {
      const error = await failure(secretsFromEnv({ env: { SECRET_PROVIDER }, plugins }));
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
      expect(error.message).toContain('"acme"');
    }
  });

  it("without a provider is not one to pick, and stands in nobody's way", async () => {
    inFolder({});
    const kinds: SecretsPlugin = { name: "env", kinds: [] };
    const secrets = await secretsFromEnv({ env: { GIVEN: "given" }, plugins: [kinds] });
    expect((await secrets.get("GIVEN")).provider).toBe("env");
    await secrets.close();
    const error = await failure(
      secretsFromEnv({ env: { SECRET_PROVIDER: "kinds" }, plugins: [{ name: "kinds", kinds: [] }] }),
    );
    expect(error.code).toBe("ERR_SECRETS_PROVIDER_UNKNOWN");
    expect(error.message).not.toContain("kinds,");
  });

  it("keeps the SecretsError that it throws", async () => {
    const thrown = new SecretsError("ERR_SECRETS_INVALID_CONFIG", { hint: "Set ACME_URL." });
    const throwing: SecretsPlugin = {
      name: "acme",
      provider: () => {
        throw thrown;
      },
    };
    const opened = secretsFromEnv({ env: { SECRET_PROVIDER: "acme" }, plugins: [throwing] });
    expect(await failure(opened)).toBe(thrown);
  });

  it.each<[string, NonNullable<SecretsPlugin["provider"]>]>([
    [
      "throws",
      (env) => {
        throw Object.assign(new Error(`bad token ${env.ACME_TOKEN}`), { code: "EACME" });
      },
    ],
    ["rejects", async (env) => Promise.reject(new Error(`bad token ${env.ACME_TOKEN}`))],
  ])("whose provider %s is told by its name, without the words of its error", async (_, provider) => {
    const env = { SECRET_PROVIDER: "acme", ACME_TOKEN: "s.canary-of-a-token" };
    const error = await failure(secretsFromEnv({ env, plugins: [{ name: "acme", provider }] }));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", provider: "acme" });
    expect(error.cause).toBeInstanceOf(Error);
    expect(`${error.stack} ${(error.cause as Error).stack} ${JSON.stringify(error)}`).not.toContain("canary");
  });

  it("whose provider is none is refused", async () => {
    for (const provider of [undefined, null, {}, "provider"]) {
      const broken: SecretsPlugin = { name: "acme", provider: () => provider as never };
      const error = await failure(secretsFromEnv({ env: { SECRET_PROVIDER: "acme" }, plugins: [broken] }));
      expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    }
  });
});

describe("an unknown provider", () => {
  it("is told with all that can be picked", async () => {
    const error = await failure(
      secretsFromEnv({ env: { SECRET_PROVIDER: "azure" }, plugins: [plugin("acme").plugin, plugin("env").plugin] }),
    );
    expect(error).toMatchObject({ code: "ERR_SECRETS_PROVIDER_UNKNOWN", provider: "azure" });
    expect(error.message).toContain("acme, env, aws, gcp, vault");
    expect(error.message).toContain("plugins: [yourPlugin]");
  });

  it.each(["AWS", "toString", "constructor", "__proto__", "hasOwnProperty"])(
    "is unknown as it stands: %s",
    async (name) => {
      const error = await failure(secretsFromEnv({ env: { SECRET_PROVIDER: name } }));
      expect(error.code).toBe("ERR_SECRETS_PROVIDER_UNKNOWN");
    },
  );

  it.each([
    ["a Vault token", "hvs.CAESIJ-canary-0123456789"],
    ["an AWS key id", "AKIACANARY0123456789"],
    ["hex", "c0ffee0123456789c0ffee0123456789"],
    ["base64", "Y2FuYXJ5/Y2FuYXJ5+Y2FuYXJ5=="],
    ["a UUID", "c0ffee00-1234-4abc-8def-0123456789ab"],
    ["a URL with a password", "postgres://app:canary@db.example.com/app"],
    ["a passphrase", "correct horse battery staple"],
    ["several lines", "-----BEGIN PRIVATE KEY-----\ncanary"],
  ])("that looks like no name is not repeated, since it may be a pasted secret: %s", async (_, pasted) => {
    const error = await failure(secretsFromEnv({ env: { SECRET_PROVIDER: pasted } }));
    expect(error.code).toBe("ERR_SECRETS_PROVIDER_UNKNOWN");
    const text = `${error.stack} ${JSON.stringify(error)}`;
    for (const part of pasted.split(/[\s/+=:@]+/).filter((piece) => piece.length > 3)) {
      expect(text.replaceAll("secrets", "")).not.toContain(part);
    }
  });
});

describe("SECRETS_CACHE_TTL", () => {
  /** The options that reach the cache show in what it does: how many reads reach the provider as time goes on. */
  async function reads(ttl: string | undefined, afterMs: readonly number[], cache?: CacheOptions | false) {
    const counted = plugin("counted");
    let nowMs = Date.UTC(2026, 0, 1);
    const secrets = await secretsFromEnv({
      env: { SECRET_PROVIDER: "counted", SECRETS_CACHE_TTL: ttl },
      plugins: [counted.plugin],
      clock: { now: () => nowMs, sleep: () => new Promise(() => undefined) },
      ...(cache === undefined ? {} : { cache }),
    });
    const counts: number[] = [];
    for (const ms of afterMs) {
      nowMs += ms;
      await secrets.get("SECRET");
      await new Promise((resolve) => setImmediate(resolve)); // a refresh behind a read
      counts.push(counted.seen.reads);
    }
    return counts;
  }

  it("is a number of seconds", async () => {
    expect(await reads("60", [0, 53_000, 7_000, 53_000])).toEqual([1, 1, 2, 2]);
    expect(await reads(" 60\n", [0, 53_000, 7_000])).toEqual([1, 1, 2]);
    expect(await reads("0.5", [0, 400, 100])).toEqual([1, 1, 2]);
  });

  it("is 300 when it is not set or blank", async () => {
    for (const ttl of [undefined, "", " "]) expect(await reads(ttl, [0, 269_000, 31_000])).toEqual([1, 1, 2]);
  });

  it("of 0 turns the cache off", async () => {
    for (const ttl of ["0", "0.0", "00"]) expect(await reads(ttl, [0, 0, 0])).toEqual([1, 2, 3]);
  });

  it("gives way to what the code says", async () => {
    expect(await reads("60", [0, 120_000], { ttlMs: 600_000 })).toEqual([1, 1]);
    expect(await reads("0", [0, 0], { ttlMs: 600_000 })).toEqual([1, 1]);
    expect(await reads("600", [0, 0], false)).toEqual([1, 2]);
  });

  it("goes together with what else the code says of the cache", async () => {
    expect(await reads("60", [0, 60_000], { revalidate: "await" })).toEqual([1, 2]);
    expect(await reads("0", [0, 0], { maxStaleMs: 1_000 })).toEqual([1, 2]);
  });

  it.each(["-1", "5m", "1e3", "Infinity", "NaN", "0x10", "1,5", "١٢", "9999999999", "300 s", "canary-of-a-secret"])(
    "that is no number of seconds is an error, and is not repeated: %s",
    async (ttl) => {
      const error = await failure(secretsFromEnv({ env: { SECRETS_CACHE_TTL: ttl } }));
      expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
      expect(error.message).toContain("SECRETS_CACHE_TTL");
      expect(error.message).not.toContain(` ${ttl}`);
    },
  );

  it("is looked at before anything is loaded", async () => {
    const counted = plugin("counted");
    const env = { SECRET_PROVIDER: "counted", SECRETS_CACHE_TTL: "soon" };
    await failure(secretsFromEnv({ env, plugins: [counted.plugin] }));
    expect(counted.seen.envs).toEqual([]);
  });
});

describe("the other options", () => {
  it("reach createSecrets", async () => {
    const events: string[] = [];
    const options: SecretsFromEnvOptions = {
      env: { SECRET_PROVIDER: "acme" },
      plugins: [plugin("acme").plugin],
      onEvent: ({ type }) => events.push(type),
    };
    await (await secretsFromEnv(options)).get("SECRET");
    expect(events).toEqual(["fetch"]);
    const error = await failure(secretsFromEnv({ ...options, timeoutMs: 0 }));
    expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
  });

  it("cannot smuggle in a provider", async () => {
    const options = { env: { SECRET_PROVIDER: "acme" }, plugins: [plugin("acme").plugin], provider: memoryProvider() };
    expect((await (await secretsFromEnv(options)).get("SECRET")).provider).toBe("acme");
  });
});

describe("the package", () => {
  it("hands on everything of core", async () => {
    const core = await import("@qarion/secrets-core");
    for (const name of Object.keys(core)) expect(everything).toHaveProperty(name);
    expect(everything.createSecrets).toBe(core.createSecrets);
  });
});
