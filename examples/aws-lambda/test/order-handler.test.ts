import { SecretsError, type SecretsEvent, secretsFromEnv } from "@qarion/secrets";
import { type AwsServer, startAwsServer } from "@qarion-testing/fakes/aws";
import { type FakeClock, fakeClock } from "@qarion-testing/support";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Credentials } from "../demo/credentials.js";
import { holdOldAnswer } from "../demo/hold-old-answer.js";
import { startUpstream, type Upstream } from "../demo/upstream.js";
import { type Handler, orderHandler } from "../src/order-handler.js";
import { setAwsEnv } from "./aws-env.js";

const ttlMs = 300_000;
const maxStaleMs = 3_600_000;
const order = { id: "42", items: ["screws"] };

let aws: AwsServer;
let orders: Upstream;
let warehouse: Upstream;
let credentials: Credentials;
let clock: FakeClock;
let events: SecretsEvent[];
const opened: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  [aws, orders, warehouse] = await Promise.all([startAwsServer(), startUpstream(), startUpstream()]);
  opened.push(aws.close, orders.close, warehouse.close);
  credentials = new Credentials(aws, orders, warehouse);
  credentials.rotate();
  clock = fakeClock();
  events = [];
  setAwsEnv(aws);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()));
  vi.unstubAllEnvs();
});

/** A cold start, on a clock of the test. */
async function coldStart(): Promise<Handler> {
  const secrets = await secretsFromEnv({ clock, timeoutMs: 3_000, onEvent: (event) => events.push(event) });
  opened.unshift(() => secrets.close());
  return orderHandler(secrets, { ordersUrl: orders.url, warehouseUrl: warehouse.url });
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "fine",
    (error: unknown) => (SecretsError.is(error) ? error.code : errorCodes(error)),
  );
}

function errorCodes(error: unknown): string {
  return (error as AggregateError).errors.map(({ code }) => code).join();
}

/** Lets the time pass until the background refresh is due, and no further: a call has its deadline on this clock too. */
async function refreshBehind(): Promise<void> {
  await clock.advance(clock.sleepers().find(({ background }) => background)?.dueInMs ?? Number.NaN);
}

const operations = () => aws.calls.list().map(({ operation }) => operation);
const types = () => events.map(({ type }) => type);

describe("a cold start", () => {
  it("reads all secrets in one batch, and the events after it read none", async () => {
    const handler = await coldStart();
    for (let count = 0; count < 10; count += 1) await handler(order);
    expect(operations()).toEqual(["BatchGetSecretValue"]);
    expect(aws.calls.list()[0]?.secretIds).toEqual(["orders/api-token", "orders/warehouse"]);
    expect([orders.accepted, warehouse.accepted]).toEqual([10, 10]);
  });

  it("fails with the names of all secrets that cannot be had", async () => {
    aws.removeSecret("orders/api-token");
    aws.makeUnreadable("orders/warehouse", "AccessDeniedException");
    const failure = await coldStart().catch((error: unknown) => error as AggregateError);
    expect(failure).toBeInstanceOf(AggregateError);
    expect((failure as AggregateError).message).toMatch(
      /orders\/api-token \(ERR_SECRETS_NOT_FOUND\).*orders\/warehouse.*\(ERR_SECRETS_ACCESS_DENIED\)/,
    );
  });

  it("leaves no timer behind that would keep the process", async () => {
    const handler = await coldStart();
    await handler(order);
    expect(clock.sleepers().filter(({ background }) => !background)).toEqual([]);
  });
});

describe("after a thaw", () => {
  it("the first event has the new values, read in one batch", async () => {
    const handler = await coldStart();
    await handler(order);
    credentials.rotate();
    clock.freeze(2 * ttlMs);
    await handler(order);
    expect([orders.refused, warehouse.refused]).toEqual([0, 0]);
    expect(operations()).toEqual(["BatchGetSecretValue", "BatchGetSecretValue"]);
  });

  it("of a short sleep the store is not asked", async () => {
    const handler = await coldStart();
    clock.freeze(ttlMs / 2);
    await handler(order);
    expect(aws.calls.count()).toBe(1);
  });

  it("an answer to a call from before the freeze is not used", async () => {
    const handler = await coldStart();
    await handler(order);
    const old = holdOldAnswer(aws);
    await refreshBehind(); // its answer is noted
    await vi.waitFor(() => expect(types().filter((type) => type === "fetch").length).toBeGreaterThan(2));
    await refreshBehind(); // and the next one is held back
    const { release } = await old;
    credentials.rotate();
    clock.freeze(2 * ttlMs);
    await handler(order);
    release();
    await handler(order);
    expect([orders.refused, warehouse.refused]).toEqual([0, 0]);
    expect([orders.accepted, warehouse.accepted]).toEqual([3, 3]);
    expect(types()).not.toContain("error");
  });

  it("to an outage the last good values serve within the limits, and the events say so", async () => {
    const handler = await coldStart();
    aws.fault("InternalServiceError");
    clock.freeze(ttlMs + maxStaleMs / 2);
    await handler(order);
    expect([orders.accepted, warehouse.accepted]).toEqual([1, 1]);
    expect(events.find(({ type }) => type === "error")?.code).toBe("ERR_SECRETS_UNAVAILABLE");
    expect(events.filter(({ type }) => type === "stale").map(({ name }) => name)).toContain("orders/api-token");
  });

  it("to an outage past the limits no event is taken, though the last good client is still there", async () => {
    const handler = await coldStart();
    aws.fault("InternalServiceError");
    clock.freeze(ttlMs + maxStaleMs + 1);
    expect(await codeOf(handler(order))).toContain("ERR_SECRETS_UNAVAILABLE");
    expect([orders.accepted, warehouse.accepted]).toEqual([0, 0]);
  });

  it.each(["orders/api-token", "orders/warehouse"])("to a denial of %s no event is taken", async (name) => {
    const handler = await coldStart();
    aws.iam.deny("GetSecretValue", name);
    clock.freeze(2 * ttlMs);
    expect(await codeOf(handler(order))).toContain("ERR_SECRETS_ACCESS_DENIED");
    expect([orders.accepted, warehouse.accepted]).toEqual([0, 0]);
  });
});
