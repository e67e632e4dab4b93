import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createSecrets,
  type ProviderRef,
  type Ref,
  type SecretProvider,
  SecretsError,
  type Stage,
} from "../src/index.js";
import { canary, rejection, shown } from "./shown.js";

/** A store that has every secret, and says which it was asked for. */
function anyStore(value = "value") {
  const asked: ProviderRef[] = [];
  const provider: SecretProvider = {
    name: "any",
    capabilities: { stages: true, versions: true },
    async get(ref) {
      asked.push(ref);
      return { value };
    },
  };
  return { asked, secrets: createSecrets({ provider }) };
}

async function askedFor(ref: Ref, value?: string): Promise<ProviderRef | undefined> {
  const { asked, secrets } = anyStore(value);
  await secrets.get(ref);
  expect(asked).toHaveLength(1);
  return asked[0];
}

async function refusal(ref: unknown): Promise<SecretsError> {
  const { asked, secrets } = anyStore();
  const error = await rejection(secrets.get(ref as Ref));
  expect(asked).toEqual([]);
  expect(SecretsError.is(error)).toBe(true);
  expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_REF", retryable: false });
  return error as SecretsError;
}

const segmentCharacters = [..."ABCXYZabcxyz0189_.@+=:-"];
const segment = fc
  .string({ unit: fc.constantFrom(...segmentCharacters), minLength: 1, maxLength: 12 })
  .filter((text) => text !== "." && text !== "..");
const name = fc
  .tuple(fc.boolean(), fc.array(segment, { minLength: 1, maxLength: 4 }))
  .map(([rooted, segments]) => (rooted ? "/" : "") + segments.join("/"));
const stage = fc.constantFrom<Stage>("current", "previous", "pending");
const version = fc.string({ unit: fc.constantFrom(...[..."ABCabc019_.:+=-"]), minLength: 1, maxLength: 40 });
const suffix = /@(?:current|previous|pending|v=[^@#]*)$/;

describe("a reference as text", () => {
  it("round trips: whatever name and stage are joined, the store is asked for these", async () => {
    await fc.assert(
      fc.asyncProperty(name, stage, async (name, stage) => {
        expect(await askedFor(`${name}@${stage}`)).toEqual({ name, stage });
      }),
    );
  });

  it("round trips a version, which stands instead of a stage", async () => {
    await fc.assert(
      fc.asyncProperty(name, version, async (name, version) => {
        expect(await askedFor(`${name}@v=${version}`)).toEqual({ name, stage: "current", version });
      }),
    );
  });

  it("without a suffix is the current stage, however many @ the name has", async () => {
    await fc.assert(
      fc.asyncProperty(
        name.filter((name) => !suffix.test(name)),
        async (name) => {
          expect(await askedFor(name)).toEqual({ name, stage: "current" });
        },
      ),
    );
  });

  it("round trips a key made of anything but nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.string({ minLength: 1 }).filter((key) => !suffix.test(key)),
        stage,
        async (name, key, stage) => {
          const { asked, secrets } = anyStore(JSON.stringify({ [key]: "member" }));
          expect((await secrets.get(`${name}#${key}@${stage}`)).reveal()).toBe("member");
          expect(asked).toEqual([{ name, stage }]);
        },
      ),
    );
  });

  it.each<[string, ProviderRef]>([
    ["user@example.com", { name: "user@example.com", stage: "current" }],
    ["user@example.com@previous", { name: "user@example.com", stage: "previous" }],
    ["a@latest", { name: "a@latest", stage: "current" }],
    ["a@previous@current", { name: "a@previous", stage: "current" }],
    ["a@currents", { name: "a@currents", stage: "current" }],
    ["a@Previous", { name: "a@Previous", stage: "current" }],
    ["a@", { name: "a@", stage: "current" }],
    ["a@v=1@previous", { name: "a@v=1", stage: "previous" }],
    ["previous", { name: "previous", stage: "current" }],
    ["/prod/db", { name: "/prod/db", stage: "current" }],
    [".../..a/b..", { name: ".../..a/b..", stage: "current" }],
    [
      "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
      { name: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf", stage: "current" },
    ],
  ])("%s asks for %j", async (ref, asked) => {
    expect(await askedFor(ref)).toEqual(asked);
  });

  it.each([
    ["cfg#a@b", "a@b", "current"],
    ["cfg#a@b@pending", "a@b", "pending"],
    ["cfg#a#b", "a#b", "current"],
    ["cfg#a/../b", "a/../b", "current"],
    ["cfg#@previous@current", "@previous", "current"],
  ])("%s means the key %s of stage %s", async (ref, key, stage) => {
    const { asked, secrets } = anyStore(JSON.stringify({ [key]: "member" }));
    expect((await secrets.get(ref)).reveal()).toBe("member");
    expect(asked).toEqual([{ name: "cfg", stage }]);
  });

  it("never lets a name climb, name two things or leave its alphabet, whatever the text", async () => {
    const hostile = fc.array(
      fc.oneof(
        fc.constantFrom("/", ".", "..", "../", "//", "\\", "%2e%2e", "\0", "\n", " ", "~", "*", "@", "#", "@previous"),
        segment,
        fc.string(),
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (parts) => {
        const { asked, secrets } = anyStore("{}");
        const error = await secrets.get(parts.join("")).then(
          () => undefined,
          (error: SecretsError) => error,
        );
        for (const { name } of asked) {
          expect(posix.join("/root", name)).toBe(`/root/${name.replace(/^\//, "")}`);
          expect(name).toMatch(/^[A-Za-z0-9_.@+=:/-]+$/);
        }
        if (asked.length === 0) expect(error?.code).toBe("ERR_SECRETS_INVALID_REF");
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    "",
    ".",
    "..",
    "/",
    "//a",
    "a//b",
    "a/",
    "a/..",
    "../a",
    "a/../b",
    "a/./b",
    "/../a",
    "a\\b",
    "a b",
    " a",
    "a\n",
    "a\0b",
    "a%2fb",
    "é",
    "a?b",
    "a*",
    "@current",
    "#key",
    "a#",
    "a#@previous",
    "a@v=",
    "a@v=1/2",
    "a@v= 1",
  ])("refuses %j, and asks the store nothing", async (ref) => {
    await refusal(ref);
  });

  it("does not repeat what it refuses: someone may have passed the secret where its name belongs", async () => {
    const secret = canary();
    expect(shown(await refusal(secret))).not.toContain(secret);
    expect(shown(await refusal({ name: "a", version: secret }))).not.toContain(secret);
    expect(shown(await refusal({ name: "a", stage: secret }))).not.toContain(secret);
  });

  it("takes a name of 2,048 characters, as long as an ARN gets, and no longer", async () => {
    expect(await askedFor("a".repeat(2048))).toMatchObject({ stage: "current" });
    await refusal("a".repeat(2049));
  });

  it.each([
    ["@v=", 200_000],
    ["@v=a", 200_000],
    ["a/", 300_000],
    ["@previous", 100_000],
  ])("refuses a long run of %j without much work", async (part, times) => {
    const startedAt = performance.now();
    await refusal(part.repeat(times));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe("a reference as an object", () => {
  it("is the same question as the text, answered from the same cache entry", async () => {
    await fc.assert(
      fc.asyncProperty(
        name.filter((name) => !suffix.test(name)),
        stage,
        async (name, stage) => {
          const { asked, secrets } = anyStore();
          await secrets.get({ name, stage });
          await secrets.get(`${name}@${stage}`);
          expect(asked).toEqual([{ name, stage }]);
        },
      ),
    );
  });

  it("says what text cannot: names and keys that end like a suffix", async () => {
    expect(await askedFor({ name: "a@previous" })).toEqual({ name: "a@previous", stage: "current" });
    expect(await askedFor({ name: "a@v=1", stage: "pending" })).toEqual({ name: "a@v=1", stage: "pending" });
    const { secrets } = anyStore(JSON.stringify({ "x@previous": "member" }));
    expect((await secrets.get({ name: "a", key: "x@previous" })).reveal()).toBe("member");
  });

  it("takes a version, alone or with the stage current, and asks for nothing else", async () => {
    expect(await askedFor({ name: "a", version: "7" })).toEqual({ name: "a", stage: "current", version: "7" });
    expect(await askedFor({ name: "a", stage: "current", version: "7" })).toEqual({
      name: "a",
      stage: "current",
      version: "7",
    });
  });

  it.each([
    ["a stage and a version", { name: "a", stage: "previous", version: "1" }],
    ["an unknown stage", { name: "a", stage: "latest" }],
    ["a stage by its inherited name", { name: "a", stage: "toString" }],
    ["an empty key", { name: "a", key: "" }],
    ["a key that is no string", { name: "a", key: 1 }],
    ["an empty version", { name: "a", version: "" }],
    ["a version that is no string", { name: "a", version: 1 }],
    ["a version with a slash", { name: "a", version: "../2" }],
    ["a version that is too long", { name: "a", version: "1".repeat(257) }],
    ["no name", {}],
    ["a name that climbs", { name: "../a" }],
    ["a name that is no string", { name: ["a"] }],
    ["undefined, as from a variable that is not set", undefined],
    ["null", null],
    ["a number", 7],
  ])("refuses %s", async (_, ref) => {
    await refusal(ref);
  });

  it("is told apart in the cache by name, stage and version, whatever these look like", async () => {
    const refs = [
      { name: "a" },
      { name: "a", stage: "previous" },
      { name: "a", stage: "pending" },
      { name: "a", version: "1" },
      { name: "a", version: "current" },
      { name: "a", version: "previous" },
      { name: "a@previous" },
      { name: "a@v=1" },
      { name: "a@v=1", version: "1" },
      { name: "/a" },
    ] as const;
    const { asked, secrets } = anyStore();
    for (const ref of refs) await secrets.get(ref);
    for (const ref of refs) await secrets.get(ref);
    expect(asked).toHaveLength(refs.length);
  });
});
