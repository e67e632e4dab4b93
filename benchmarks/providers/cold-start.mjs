import { SecretsProvider } from "@aws-lambda-powertools/parameters/secrets";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { awsSecretsManager } from "@qarion/provider-aws";
import { createSecrets } from "@qarion/secrets-core";
import { delayed } from "../lib/delayed.mjs";

/**
 * A hundred secrets at once by a new client, over a way of 20 ms there and back.
 * @param {{ aws: import("@qarion-testing/fakes/aws").AwsServer, names: string[], roundTripMs: number, rounds: number }} options
 */
export async function coldStart({ aws, names, roundTripMs, rounds }) {
  const way = await delayed(aws.endpoint, { oneWayMs: roundTripMs / 2 });
  const clientOptions = { ...aws.clientOptions, endpoint: way.url };
  /** @type {Record<string, () => Promise<void>>} */
  const subjects = {
    "@qarion/provider-aws": async () => {
      const secrets = createSecrets({ provider: awsSecretsManager({ clientOptions }) });
      check(await secrets.getMany(names), names);
      await secrets.close();
    },
    "Powertools parameters": async () => {
      const client = new SecretsManagerClient(clientOptions);
      const provider = new SecretsProvider({ awsSdkV3Client: client });
      const values = await Promise.all(names.map((name) => provider.get(name)));
      if (!values.every((value, index) => value === `value of ${names[index]}`)) throw new Error("a value is wrong");
      client.destroy();
    },
    "plain SDK, Promise.all": async () => {
      const client = new SecretsManagerClient(clientOptions);
      await Promise.all(names.map((SecretId) => client.send(new GetSecretValueCommand({ SecretId }))));
      client.destroy();
    },
    "plain SDK, one after the other": async () => {
      const client = new SecretsManagerClient(clientOptions);
      for (const SecretId of names) await client.send(new GetSecretValueCommand({ SecretId }));
      client.destroy();
    },
  };
  /** @type {Map<string, number[]>} */
  const wallMs = new Map(Object.keys(subjects).map((name) => [name, []]));
  /** @type {Map<string, number>} */
  const calls = new Map();
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, read] of Object.entries(subjects)) {
      if (name.endsWith("other") && round > 0) continue; // two seconds each, and always the same
      aws.calls.clear();
      const startedAt = performance.now();
      await read();
      const tookMs = performance.now() - startedAt;
      calls.set(name, aws.calls.count());
      if (round >= 0) wallMs.get(name)?.push(tookMs);
    }
  }
  await way.close();
  console.log(`100 secrets, cold, from a server ${roundTripMs} ms away (a round trip; a connection costs one more)\n`);
  console.log("| | calls | wall, median | round trips of wall | range |\n| --- | ---: | ---: | ---: | ---: |");
  for (const [name, all] of wallMs) {
    const sorted = [...all].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
    const range = `${((sorted[0] ?? 0) / roundTripMs).toFixed(1)}–${((sorted.at(-1) ?? 0) / roundTripMs).toFixed(1)}`;
    console.log(
      `| ${name} | ${calls.get(name)} | ${median.toFixed(0)} ms | ${(median / roundTripMs).toFixed(1)} | ${range} |`,
    );
  }
  console.log("\nGoal for provider-aws: 5 calls, and at most 3 round trips.\n");
}

/** @param {ReadonlyMap<string, unknown>} answers @param {readonly string[]} names */
function check(answers, names) {
  for (const name of names) {
    const secret = /** @type {{ reveal?(): string } | undefined} */ (answers.get(name));
    if (secret?.reveal?.() !== `value of ${name}`) throw new Error(`${name} was not read`);
  }
}
