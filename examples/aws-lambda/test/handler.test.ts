import { readFileSync } from "node:fs";
import { type AwsServer, startAwsServer } from "@qarion-testing/fakes/aws";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Credentials } from "../demo/credentials.js";
import { startUpstream, type Upstream } from "../demo/upstream.js";
import { setAwsEnv } from "./aws-env.js";

const policy = /```json\n(.*?)```/s.exec(readFileSync(new URL("../README.md", import.meta.url), "utf8"))?.[1] ?? "";

let aws: AwsServer;
let orders: Upstream;
let warehouse: Upstream;
let credentials: Credentials;

beforeEach(async () => {
  [aws, orders, warehouse] = await Promise.all([startAwsServer(), startUpstream(), startUpstream()]);
  credentials = new Credentials(aws, orders, warehouse);
  credentials.rotate();
  setAwsEnv(aws);
  vi.stubEnv("ORDERS_URL", orders.url);
  vi.stubEnv("WAREHOUSE_URL", warehouse.url);
  vi.resetModules(); // each import is a cold start
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all([aws.close(), orders.close(), warehouse.close()]);
});

it("the module starts with the policy of the README and takes an event, with one call to the store", async () => {
  aws.iam.apply(policy);
  vi.spyOn(console, "log").mockReturnValue(undefined);
  const { handler } = await import("../src/handler.js");
  expect(await handler({ id: "42", items: [] })).toEqual({ status: "accepted", id: "42" });
  expect(aws.calls.list().map(({ operation }) => operation)).toEqual(["BatchGetSecretValue"]);
});

it.each(["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"])(
  "the policy of the README grants %s because it is needed",
  async (action) => {
    const document = JSON.parse(policy) as { Statement: { Action: string }[] };
    aws.iam.apply(
      JSON.stringify({ ...document, Statement: document.Statement.filter((one) => one.Action !== action) }),
    );
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const started = import("../src/handler.js").then(
      () => aws.calls.count("GetSecretValue"),
      () => "denied",
    );
    // Without the batch it reads one by one, which is slower and no failure.
    expect(await started).toEqual(action === "secretsmanager:GetSecretValue" ? "denied" : 2);
  },
);

it("the policy of the README grants no other secret", async () => {
  aws.seed("orders/api-token-of-others", "another");
  aws.iam.apply(policy);
  const { secretsFromEnv } = await import("@qarion/secrets");
  const secrets = await secretsFromEnv();
  await expect(secrets.get("orders/api-token-of-others")).rejects.toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
  await secrets.close();
});

it("what it logs of a rotation and of an outage holds no credential", async () => {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  vi.stubEnv("SECRETS_CACHE_TTL", "0.001");
  const { handler } = await import("../src/handler.js");
  await handler({ id: "42", items: [] });
  credentials.rotate();
  await vi.waitFor(() => handler({ id: "42", items: [] }));
  aws.fault("InternalServiceError");
  await handler({ id: "42", items: [] });
  const logged = lines.join("\n");
  for (const type of ["fetch", "change", "error", "stale"]) expect(logged).toContain(`"type":"${type}"`);
  expect(credentials.all.filter((value) => logged.includes(value)).length).toBe(0);
});

it.each(["ORDERS_URL", "WAREHOUSE_URL"])(
  "without %s it does not start, and does not repeat what stands there",
  async (name) => {
    vi.stubEnv(name, "no url with a secret");
    vi.spyOn(console, "log").mockReturnValue(undefined);
    await expect(import("../src/handler.js")).rejects.toThrow(`${name} is not a URL.`);
  },
);
