import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const floor = "an empty module";

/** @type {Record<string, string>} */
const programs = {
  [floor]: 'await import("./empty.mjs")',
  "provider-env, unused": 'await import("@qarion/provider-env")',
  "provider-aws, unused": 'await import("@qarion/provider-aws")',
  "provider-gcp, unused": 'await import("@qarion/provider-gcp")',
  "provider-vault, unused": 'await import("@qarion/provider-vault")',
  "secrets-core alone": 'await import("@qarion/secrets-core")',
  "provider-aws, used": used(
    '(await import("@qarion/provider-aws")).awsSecretsManager({ region: "eu-central-1", clientOptions: { endpoint: "http://127.0.0.1:1", maxAttempts: 1, credentials: { accessKeyId: "x", secretAccessKey: "x" } } })',
  ),
  "provider-gcp, used": used(
    '(await import("@qarion/provider-gcp")).gcpSecretManager({ project: "p", clientOptions: { apiEndpoint: "127.0.0.1", port: 1, fallback: true, protocol: "http", authClient: { getRequestHeaders: async () => ({}), request: async () => { throw new Error() } } } })',
  ),
  "provider-vault, used": used(
    '(await import("@qarion/provider-vault")).vaultKv({ address: "http://127.0.0.1:1", token: "x" })',
  ),
};

/** A call that fails, since nobody listens: by then everything that a call needs is loaded. @param {string} provider */
function used(provider) {
  return `const p = ${provider}; await p.get({ name: "A", stage: "current" }, { signal: AbortSignal.timeout(2000) }).catch(() => {}); await p.close?.()`;
}

/**
 * What a process pays to have a provider's package, and to use it: timed within a process of its own that does nothing
 * else. A bare Node is one that imports an empty module, since the first import of any module starts Node's own loader.
 * @param {{ rounds: number }} options
 */
export async function importCost({ rounds }) {
  /** @type {Map<string, number[]>} */
  const times = new Map(Object.keys(programs).map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, program] of Object.entries(programs)) {
      const tookMs = timed(program);
      if (round >= 0) times.get(name)?.push(tookMs);
    }
  }
  const bareMs = median(times.get(floor) ?? []);
  console.log("What it costs a process\n");
  console.log("| | ms, median | range | over a bare Node |\n| --- | ---: | ---: | ---: |");
  for (const [name, all] of times) {
    const range = `${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)}`;
    console.log(`| ${name} | ${median(all).toFixed(1)} | ${range} | ${(median(all) - bareMs).toFixed(1)} |`);
  }
  console.log("\nGoal: less than 5 ms unused.\n");
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** @param {string} program */
function timed(program) {
  const text = `const startedAt = performance.now(); ${program}; console.log(performance.now() - startedAt)`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", text], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: "1" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`a program failed: ${stderr.slice(0, 400)}`);
  return Number(stdout);
}
