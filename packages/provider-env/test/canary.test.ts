import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { SecretsError } from "@qarion/secrets-core";
import { describe, expect, it } from "vitest";
import { type EnvProviderOptions, envProvider } from "../src/index.js";
import { ask, context, errorOf, namesOf, ref } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

const canary = "cAnArY-7f3a91";

/** Everything that a logger might show of an error, its causes included. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  return [
    error.message,
    error.stack,
    String(error),
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    inspect(error, { depth: null, showHidden: true, getters: true }),
    error.cause === undefined ? "" : shown(error.cause),
  ].join("\n");
}

const dotenvs: Record<string, string | Uint8Array> = {
  "a line that is no assignment": `KEY=x\n${canary}\n`,
  "an open quote": `KEY="${canary}\n`,
  "an open quote before other lines": `KEY='${canary}\nOTHER=${canary}\n`,
  "text behind a quote": `KEY="x" ${canary}\n`,
  "a key that dotenv drops": `__proto__=${canary}\n`,
  "bytes that are not UTF-8": Buffer.concat([Buffer.from(`KEY=${canary}`), Buffer.of(0xff)]),
  "a NUL byte": `KEY=${canary}\0\n`,
  "more than 1 MiB": `KEY=${canary}${"x".repeat(1024 * 1024)}`,
  "a name and its file": `KEY=${canary}\nKEY_FILE=${canary}\n`,
  "a file that is not there": `KEY_FILE=${canary}\n`,
};

const inFolder: Record<string, (folder: string) => EnvProviderOptions> = {
  "a secret pasted into NAME_FILE": () => ({ env: { KEY_FILE: canary } }),
  "a secret with NUL pasted into NAME_FILE": () => ({ env: { KEY_FILE: `${canary}\0` } }),
  "a long secret pasted into NAME_FILE": () => ({ env: { KEY_FILE: canary.repeat(400) } }),
  "a secret below a file in NAME_FILE": (folder) => {
    writeFileSync(join(folder, "file"), canary);
    return { env: { KEY_FILE: join(folder, "file", canary) } };
  },
  "NAME_FILE at a folder": (folder) => {
    mkdirSync(join(folder, canary));
    return { env: { KEY_FILE: join(folder, canary) } };
  },
  "NAME and NAME_FILE": () => ({ env: { KEY: canary, KEY_FILE: canary } }),
  "a file that is too large": (folder) => {
    writeFileSync(join(folder, "KEY"), canary.repeat(100_000));
    return { env: {}, directory: folder };
  },
  "a link that goes in a circle": (folder) => {
    symlinkSync("KEY", join(folder, "KEY"));
    return { env: { OTHER: canary }, directory: folder };
  },
  "a folder that is not there": (folder) => ({ env: { OTHER: canary }, directory: join(folder, canary) }),
  "a name that is not found": () => ({ env: { OTHER: canary, KEY_NEXT: canary } }),
};

const cases: [string, (folder: string) => EnvProviderOptions][] = [
  ...Object.entries(inFolder),
  ...Object.entries(dotenvs).map(([name, content]): [string, (folder: string) => EnvProviderOptions] => [
    `.env: ${name}`,
    (folder) => {
      writeFileSync(join(folder, ".env"), content);
      return { env: {}, files: [join(folder, ".env")] };
    },
  ]),
];

describe("no error shows a value", () => {
  it.each(cases)("%s", async (_, options) => {
    const provider = envProvider({ files: [], ...options(tempFolder()) });
    const error = await errorOf(ask(provider, "KEY"));
    expect(error).toMatchObject({ secretName: "KEY", provider: "env" });
    expect(error.hint).not.toBe("");
    expect(shown(error)).not.toContain(canary);

    const each = ref("KEY");
    const answer = (await provider.getMany?.([each], context))?.get(each);
    expect(SecretsError.is(answer)).toBe(true);
    expect(shown(answer)).not.toContain(canary);

    // A list fails where a layer cannot be read; either way it shows no value.
    const listed = await namesOf(provider).catch(shown);
    expect(JSON.stringify(listed)).not.toContain(canary);
  });

  it("two names for one variable", async () => {
    const provider = envProvider({ env: { A_B: canary }, files: [] });
    await ask(provider, "a/b");
    expect(shown(await errorOf(ask(provider, "a-b")))).not.toContain(canary);
  });

  it("the provider itself, after it has read values", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, ".env"), `FILE=${canary}\n`);
    const provider = envProvider({ env: { KEY: canary }, files: [join(folder, ".env")] });
    await ask(provider, "KEY");
    await ask(provider, "FILE");
    expect(inspect(provider, { depth: null, showHidden: true })).not.toContain(canary);
    expect(JSON.stringify(provider)).not.toContain(canary);
  });
});
