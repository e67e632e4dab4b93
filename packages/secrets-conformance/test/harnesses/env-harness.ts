import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { envProvider } from "@qarion/provider-env";
import type { Stage } from "@qarion/secrets-core";
import type { ProviderHarness } from "../../src/index.js";

const suffix: Readonly<Record<Stage, string>> = { current: "", previous: "_PREVIOUS", pending: "_NEXT" };

/** Secrets as the files of a mounted volume; text ends in a newline, as editors leave it. */
export const envVolumeHarness: ProviderHarness = {
  name: "envProvider, a volume",
  features: ["stages", "getMany", "list", "close", "unavailable"],
  async create() {
    const directory = await mkdtemp(join(tmpdir(), "conformance-"));
    const replacing = join(directory, "..data");
    return {
      provider: envProvider({ env: {}, files: [], directory }),
      async seed(name, value, options = {}) {
        const file = join(directory, `${name}${suffix[options.stage ?? "current"]}`);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(`${directory}.new`, typeof value === "string" ? `${value}\n` : value);
        await rename(`${directory}.new`, file);
      },
      // A volume that is being replaced for ever: its link leads to a folder that is gone.
      fail: (mode) => (mode === undefined ? rm(replacing, { force: true }) : symlink("..gone", replacing)),
      close: () => rm(directory, { recursive: true, force: true }),
    };
  },
};

/** Secrets as variables, which hold text alone. */
export const envVariablesHarness: ProviderHarness = {
  name: "envProvider, variables",
  features: ["stages", "getMany", "list", "close"],
  skip: {
    "get: bytes come back as they were stored": "variables hold text alone",
    "get: what is handed out is a copy": "variables hold text alone, which cannot be changed",
  },
  async create() {
    const env: Record<string, string> = {};
    return {
      provider: envProvider({ env, files: [] }),
      seed(name, value, options = {}) {
        env[`${name}${suffix[options.stage ?? "current"]}`] = value as string;
      },
      close: () => undefined,
    };
  },
};
