import { SecretsProvider } from "@aws-lambda-powertools/parameters/secrets";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { awsSecretsManager } from "@qarion/provider-aws";
import { createSecrets } from "@qarion/secrets-core";

const ttlSeconds = 300;
const stepMs = 1_000;
const RealDate = Date;

/**
 * An hour in which every secret is read about once in ten seconds, each at moments of its own: how often is the store
 * asked? Time is simulated; the calls are real.
 * @param {{ aws: import("@qarion-testing/fakes/aws").AwsServer, names: string[] }} options
 */
export async function steadyHour({ aws, names }) {
  const offset = { ms: 0 };
  globalThis.Date = /** @type {DateConstructor} */ (shiftedDate(offset));
  try {
    const clock = { now: () => Date.now(), sleep: realSleep };
    const secrets = createSecrets({
      provider: awsSecretsManager({ clientOptions: aws.clientOptions }),
      cache: { ttlMs: ttlSeconds * 1_000 },
      clock,
    });
    const ours = await hour(aws, names, offset, (name) => secrets.get(name));
    await secrets.close();
    const client = new SecretsManagerClient(aws.clientOptions);
    const provider = new SecretsProvider({ awsSdkV3Client: client });
    const theirs = await hour(aws, names, offset, (name) => provider.get(name, { maxAge: ttlSeconds }));
    client.destroy();
    console.log(`An hour of steady reads of 100 secrets at a TTL of ${ttlSeconds} s\n`);
    console.log("| | calls to the store | ratio |\n| --- | ---: | ---: |");
    console.log(
      `| @qarion/provider-aws | ${ours} | 1× |\n| Powertools parameters | ${theirs} | ${(theirs / ours).toFixed(1)}× |`,
    );
    console.log("\nGoal: at least 10 times fewer than Powertools.\n");
  } finally {
    globalThis.Date = RealDate;
  }
}

/**
 * @param {import("@qarion-testing/fakes/aws").AwsServer} aws @param {readonly string[]} names
 * @param {{ ms: number }} offset @param {(name: string) => Promise<unknown>} read
 */
async function hour(aws, names, offset, read) {
  const random = seeded(7);
  aws.calls.clear();
  await Promise.all(names.map(read));
  for (let at = 0; at < 3_600_000; at += stepMs) {
    offset.ms += stepMs;
    for (const name of names) if (random() < 0.1) await read(name);
    await new Promise(setImmediate);
  }
  return aws.calls.count();
}

/** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
function realSleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** `Date` by a clock that is ahead. @param {{ ms: number }} offset */
function shiftedDate(offset) {
  return class extends RealDate {
    /** @param {unknown[]} given */
    constructor(...given) {
      // @ts-expect-error -- whatever Date takes
      super(...(given.length === 0 ? [RealDate.now() + offset.ms] : given));
    }

    /** @override */
    static now() {
      return RealDate.now() + offset.ms;
    }
  };
}

/** Park and Miller's generator: the same reads for both. @param {number} seed */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
