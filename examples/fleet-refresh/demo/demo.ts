// Four processes, one rotation, and messages that are lost, repeated, reordered and forged.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type AwsServer, startAwsServer } from "@qarion-testing/fakes/built/aws";
import { Redis } from "ioredis";
import { secretEvent } from "./event.js";
import { startFleet } from "./fleet.js";

const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
const size = 4;
const ttlSeconds = 6;
const name = "DB_PASSWORD";
const channel = `secret-changes-${randomUUID()}`;

const publisher = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
publisher.on("error", () => {}); // told below
try {
  await publisher.connect();
} catch {
  console.log("Skipped: no Redis answers. Start one, or name it by REDIS_URL.");
  process.exit(0);
}

const aws = await startAwsServer();
aws.seed(name, "example-1");
const { credentials, region } = aws.clientOptions;
const fleet = await startFleet(size, {
  SECRET_PROVIDER: "aws",
  SECRETS_CACHE_TTL: String(ttlSeconds),
  AWS_REGION: region,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  REDIS_URL: url,
  CHANGES_CHANNEL: channel,
});
try {
  await until(async () => (await subscribers()) === size, "all have subscribed");

  let version = rotate(aws);
  let asked = calls();
  const told = performance.now();
  await publisher.publish(channel, secretEvent("PutSecretValue", aws.arnOf(name)));
  await until(() => allOn(version), "all have the new version");
  report(
    "told",
    `${size} of ${size} on the new version after ${Math.round(performance.now() - told)} ms`,
    calls() - asked,
  );

  version = rotate(aws);
  asked = calls();
  for (let n = 0; n < 500; n += 1) await publisher.publish(channel, secretEvent("UpdateSecretVersionStage", name));
  await until(() => allOn(version), "all have the new version");
  await sleep(1_500); // the trailing refresh is at most a second late
  const repeated = calls() - asked;
  report("told 500 times", `${size} of ${size} on the new version`, repeated);
  assert.ok(repeated <= 4 * size, "a flood of events is not to reach the store");

  asked = calls();
  for (let n = 0; n < 500; n += 1) await publisher.publish(channel, secretEvent("PutSecretValue", `made-up-${n}`));
  await publisher.publish(
    channel,
    secretEvent("PutSecretValue", name, { requestParameters: { secretId: "other", secretString: "forged" } }),
  );
  for (const noise of ["", "{", "[]", "null", JSON.stringify({ name, value: "forged" })])
    await publisher.publish(channel, noise);
  await sleep(500);
  report("forged", "everyone stays where the store is", calls() - asked);
  assert.ok(await allOn(version));

  version = rotate(aws);
  const lost = performance.now();
  await until(() => allOn(version), "all have the new version", (ttlSeconds + 5) * 1_000);
  report(
    "told nothing",
    `${size} of ${size} on the new version after ${Math.round(performance.now() - lost)} ms, TTL ${ttlSeconds} s`,
    undefined,
  );
  console.log("\nAn event made each process look sooner; it brought nothing and could do no harm.");
} finally {
  await Promise.all(fleet.map((member) => member.stop()));
  await aws.close();
  publisher.disconnect();
}

/** A rotation as the cloud makes it: a pending version, and then the stages move. */
function rotate(server: AwsServer): string {
  return server.seed(name, `example-${randomUUID()}`).versionId;
}

function calls(): number {
  return aws.calls.count();
}

async function allOn(version: string): Promise<boolean> {
  const versions = await Promise.all(fleet.map((member) => member.version()));
  return versions.every((one) => one === version);
}

async function subscribers(): Promise<unknown> {
  const [, count] = (await publisher.call("PUBSUB", "NUMSUB", channel)) as [string, number];
  return count;
}

async function until(holds: () => Promise<boolean>, what: string, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}

function report(event: string, outcome: string, storeCalls: number | undefined): void {
  console.log(`${event.padEnd(16)} ${outcome}${storeCalls === undefined ? "" : `; ${storeCalls} calls to the store`}`);
}
