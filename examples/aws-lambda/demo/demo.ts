import { setTimeout as sleep } from "node:timers/promises";
import { startAwsServer } from "@qarion-testing/fakes/built/aws";
import { Credentials } from "./credentials.js";
import { FunctionProcess } from "./function-process.js";
import { holdOldAnswer } from "./hold-old-answer.js";
import { startUpstream } from "./upstream.js";

/** As `timeoutMs` in src/handler.ts. */
const timeoutMs = 3_000;
/** A value is fresh for so long here, so that nobody waits for the usual five minutes. */
const ttlSeconds = 1;

/** Fails the demo: what it shows has to be true. */
function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`This should be so and is not: ${what}`);
}

function say(text: string): void {
  console.log(`▸ ${text}`);
}

const aws = await startAwsServer();
const orders = await startUpstream();
const warehouse = await startUpstream();
const credentials = new Credentials(aws, orders, warehouse);
let lambda: FunctionProcess | undefined;
try {
  await run();
} finally {
  lambda?.kill();
  await Promise.all([aws.close(), orders.close(), warehouse.close()]);
}

async function run(): Promise<void> {
  say("Starts the function with its secrets in a store that speaks the protocol of AWS Secrets Manager");
  credentials.rotate();
  lambda = await FunctionProcess.start({
    SECRET_PROVIDER: "aws",
    SECRETS_CACHE_TTL: String(ttlSeconds),
    ORDERS_URL: orders.url,
    WAREHOUSE_URL: warehouse.url,
    AWS_REGION: aws.region,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.endpoint,
    AWS_ACCESS_KEY_ID: aws.clientOptions.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.clientOptions.credentials.secretAccessKey,
  });
  must(aws.calls.count("BatchGetSecretValue") === 1 && aws.calls.count() === 1, "one batch read all secrets");
  await accepted("an event after the cold start");

  say("Freezes it (SIGSTOP), rotates both credentials, thaws it: the first event has to come with the new ones");
  lambda.freeze();
  credentials.rotate();
  await sleep(1.5 * ttlSeconds * 1_000);
  lambda.thaw();
  await accepted("the first event after the thaw");

  say(
    "Freezes it while it asks the store, for longer than such a call may take; the old answer is there when it thaws",
  );
  const held = await holdOldAnswer(aws);
  lambda.freeze();
  credentials.rotate();
  await sleep(2.2 * timeoutMs);
  held.release();
  lambda.thaw();
  await accepted("the first event, though an answer from before the freeze has come in");

  say("Freezes it, and when it thaws the store is down: it goes on with the last good values and says so");
  lambda.freeze();
  aws.fault("InternalServiceError");
  await sleep(1.5 * ttlSeconds * 1_000);
  lambda.thaw();
  await accepted("an event during the outage");
  const said = lambda.output.split("\n").filter((line) => line.startsWith("{"));
  must(
    said.some((line) => line.includes('"type":"error"') && line.includes("ERR_SECRETS_UNAVAILABLE")),
    "the log says why the values are not newer",
  );
  must(
    said.some((line) => line.includes('"type":"stale"')),
    "the log says that stale values were used",
  );
  aws.clearFaults();

  say("Hangs up: no timer and no socket keeps the process");
  must((await lambda.end()) === 0, "it ended by itself");
  must(!credentials.all.some((value) => lambda?.output.includes(value)), "no credential was logged");
  must(orders.refused + warehouse.refused === 0, "no call was refused");
  console.log(`\n${orders.accepted} orders accepted, 0 refused. What the function logged of the outage:`);
  for (const line of said.filter((entry) => /"(error|stale)"/.test(entry)).slice(0, 3)) console.log(`  ${line}`);
}

async function accepted(what: string): Promise<void> {
  const answer = await lambda?.invoke({ id: "42", items: ["screws"] });
  must(answer?.ok === true, `${what} is accepted (${answer?.text})`);
}
