import { createHash, createHmac } from "node:crypto";
import { holds, NotApplicable } from "../outcome.js";
import { expectSame, type ProviderTrial } from "../provider-trial.js";
import { test } from "./provider-test.js";

async function versionOf(trial: ProviderTrial, name: string): Promise<string> {
  const { version } = await trial.read(name);
  if (version === undefined && !trial.features.has("versions"))
    throw new NotApplicable("the provider knows no versions");
  holds(typeof version === "string" && version !== "", "get() tells no version though the provider has versions");
  return version;
}

/** Ids that someone who has the value, and perhaps the name, could compute. */
function isDerived(version: string, name: string, value: string): boolean {
  const folded = version.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (folded.length < 6) return false;
  const inputs = [value, name + value, value + name, `${name}:${value}`, `${name}\0${value}`];
  return inputs.some((input) =>
    ["md5", "sha1", "sha256", "sha384", "sha512"].some((algorithm) => {
      const digests = [createHash(algorithm).update(input), createHmac(algorithm, name).update(value)];
      return digests.some((hash) => {
        const digest = hash.digest();
        return [digest.toString("hex"), digest.toString("base64")].some((text) =>
          text
            .toLowerCase()
            .replace(/[^a-z0-9]/g, "")
            .startsWith(folded),
        );
      });
    }),
  );
}

export const versionTests = {
  "version: it moves with the value and stays with it": test(async (trial) => {
    const name = trial.name("versioned");
    await trial.seed(name, "first value");
    const first = await versionOf(trial, name);
    holds((await versionOf(trial, name)) === first, "the version moved while the value did not");
    await trial.seed(name, "second value");
    const second = await versionOf(trial, name);
    holds(second !== first, "the version stayed while the value moved");
    holds((await versionOf(trial, name)) === second, "the version moved while the value did not");
    const secret = await trial.core().get(name);
    holds(secret.version === second, "through core the version is another one");
  }),

  "version: it is not derived from the value": test(async (trial) => {
    const name = trial.name("digested");
    await trial.seed(name, "first value");
    const first = await versionOf(trial, name);
    holds(!isDerived(first, name, "first value"), "the version is a digest of the value");
    await trial.seed(name, "second value");
    const second = await versionOf(trial, name);
    await trial.seed(name, "first value");
    const third = await versionOf(trial, name);
    holds(third !== first || second === first, "the version returned when the value did, so it tells equal values");
  }),

  "version: a version can be read by its id": test(
    async (trial) => {
      const name = trial.name("history");
      await trial.seed(name, "first value");
      const version = await versionOf(trial, name);
      await trial.seed(name, "second value");
      const old = await trial.read({ name, stage: "current", version });
      expectSame(old.value, "first value", "the first version, asked for by its id");
      holds(old.version === version, "the answer tells another version than the one asked for");
      const secret = await trial.core().get({ name, version });
      expectSame(secret.revealBytes(), "first value", "the first version, asked of core");
      expectSame((await trial.read(name)).value, "second value", "the current value");
    },
    ["versions"],
  ),

  "version: an unknown one is not answered": test(
    async (trial) => {
      const name = trial.name("history");
      await trial.seed(name, "a value");
      await trial.expectCode(
        { name, stage: "current", version: `none-${trial.name("version")}` },
        ["ERR_SECRETS_NOT_FOUND", "ERR_SECRETS_INVALID_REF", "ERR_SECRETS_VERSION_DISABLED"],
        "a version that does not exist",
      );
    },
    ["versions"],
  ),
};
