import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { SecretsErrorCode } from "@qarion/secrets-core";
import { apiDisabled, RPC_CODES, type RpcStatus } from "@qarion-testing/fakes/gcp";
import { UserRefreshClient } from "google-auth-library";
import { describe, expect, it, onTestFinished } from "vitest";
import { errorCodes } from "../src/gcp-error.js";
import { gcpSecretManager } from "../src/index.js";
import { codeOf, errorOf, useGcp } from "./use-gcp.js";

const expected: Readonly<Record<RpcStatus, SecretsErrorCode>> = {
  CANCELLED: "ERR_SECRETS_UNAVAILABLE",
  UNKNOWN: "ERR_SECRETS_UNAVAILABLE",
  INVALID_ARGUMENT: "ERR_SECRETS_INVALID_REF",
  DEADLINE_EXCEEDED: "ERR_SECRETS_TIMEOUT",
  NOT_FOUND: "ERR_SECRETS_NOT_FOUND",
  ALREADY_EXISTS: "ERR_SECRETS_UNKNOWN",
  PERMISSION_DENIED: "ERR_SECRETS_ACCESS_DENIED",
  RESOURCE_EXHAUSTED: "ERR_SECRETS_THROTTLED",
  FAILED_PRECONDITION: "ERR_SECRETS_VERSION_DISABLED",
  ABORTED: "ERR_SECRETS_UNAVAILABLE",
  UNIMPLEMENTED: "ERR_SECRETS_UNAVAILABLE",
  INTERNAL: "ERR_SECRETS_UNAVAILABLE",
  UNAVAILABLE: "ERR_SECRETS_UNAVAILABLE",
  UNAUTHENTICATED: "ERR_SECRETS_UNAUTHENTICATED",
};

describe.each(["grpc", "rest"] as const)("a status told over %s", (transport) => {
  it.each(Object.keys(RPC_CODES) as RpcStatus[])("%s has its code, and is asked for once", async (status) => {
    const { gcp, secrets } = await useGcp({ transport });
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "error", status });
    expect(await codeOf(secrets.get("db"))).toBe(expected[status]);
    expect(gcp.calls.count()).toBe(1);
  });

  it("DATA_LOSS is damage, which core asks for once more", async () => {
    const { provider } = await useGcp({ transport });
    expect(provider.classifyError?.(Object.assign(new Error("lost"), { code: 15 }))).toBe("ERR_SECRETS_INTEGRITY");
  });

  it("of a project without the API is denied", async () => {
    const { gcp, secrets } = await useGcp({ transport });
    gcp.fault(apiDisabled(gcp.projectNumber));
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_ACCESS_DENIED");
  });

  it("of a project that is not there is denied", async () => {
    const { secrets } = await useGcp({ transport, options: { project: "elsewhere" } });
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_ACCESS_DENIED");
  });

  it("of a token whose time is over is the provider's own", async () => {
    const { gcp, secrets } = await useGcp({ transport, as: "app" });
    gcp.expireToken("app");
    expect(await codeOf(secrets.get("db"))).toBe("ERR_SECRETS_UNAUTHENTICATED");
  });
});

/** A proxy's page with a status, over HTTP/1.1. */
async function pageServer(status: number, page = "<!DOCTYPE html><title>Error</title>"): Promise<number> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "text/html" }).end(page);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe("what is no answer of the service", () => {
  it.each([
    [400, "ERR_SECRETS_INVALID_REF"],
    [401, "ERR_SECRETS_UNAUTHENTICATED"],
    [403, "ERR_SECRETS_ACCESS_DENIED"],
    [404, "ERR_SECRETS_UNAVAILABLE"],
    [409, "ERR_SECRETS_UNAVAILABLE"],
    [429, "ERR_SECRETS_THROTTLED"],
    [500, "ERR_SECRETS_UNAVAILABLE"],
    [502, "ERR_SECRETS_UNAVAILABLE"],
    [503, "ERR_SECRETS_UNAVAILABLE"],
    [504, "ERR_SECRETS_TIMEOUT"],
  ])("a proxy's page with status %i, over REST: never a missing secret", async (status, code) => {
    const { secretsOf } = await useGcp();
    const port = await pageServer(status);
    expect(await codeOf(secretsOf({ transport: "rest", options: { clientOptions: { port } } }).get("db"))).toBe(code);
  });

  it.each(["", "{}", "[]", "null", '{"message":"no route"}', '{"error":"not_found"}', '{"error":{"code":404}}'])(
    "a proxy's answer %j with status 404, over REST, is an outage",
    async (page) => {
      const { secretsOf } = await useGcp();
      const port = await pageServer(404, page);
      const code = await codeOf(secretsOf({ transport: "rest", options: { clientOptions: { port } } }).get("db"));
      expect(code).toBe("ERR_SECRETS_UNAVAILABLE");
    },
  );

  // As version 7 of the client makes them, which guesses a code where the answer tells none, and keeps the answer aside.
  it.each([
    ["a page", { code: 5, httpStatusCode: 404 }, "<!DOCTYPE html>", "ERR_SECRETS_UNAVAILABLE"],
    [
      "a proxy's JSON",
      { code: 5, httpStatusCode: 404, details: [] },
      '{"error":{"code":404}}',
      "ERR_SECRETS_UNAVAILABLE",
    ],
    ["JSON without a code", { httpStatusCode: 404, details: [] }, '{"message":"no route"}', "ERR_SECRETS_UNAVAILABLE"],
    [
      "the service",
      { code: 5, httpStatusCode: 404, details: [] },
      '{"error":{"status":"NOT_FOUND"}}',
      "ERR_SECRETS_NOT_FOUND",
    ],
    ["an older 7", { code: 5, httpStatusCode: 404, details: [] }, undefined, "ERR_SECRETS_NOT_FOUND"],
    ["an older 7, of a page", { code: 5, httpStatusCode: 404 }, undefined, "ERR_SECRETS_UNAVAILABLE"],
    ["a page that denies", { code: 7, httpStatusCode: 403 }, "<html>", "ERR_SECRETS_ACCESS_DENIED"],
  ] as const)("%s with a status is told apart", async (_, facts, answer, code) => {
    const { provider } = await useGcp();
    const error = Object.assign(new Error("an error of client 7"), facts);
    if (answer !== undefined) {
      Object.defineProperty(error, Symbol.for("google-gax.rawHttpResponsePayload"), { value: answer });
    }
    expect(provider.classifyError?.(error)).toBe(code);
  });

  it("a proxy's page with status 404, over gRPC, is an outage", async () => {
    const { secretsOf } = await useGcp();
    const port = await pageServer(404);
    expect(await codeOf(secretsOf({ options: { clientOptions: { port } } }).get("db"))).toBe("ERR_SECRETS_UNAVAILABLE");
  });
});

describe("a token that is not to be had", () => {
  it("over REST is the provider's own, whatever status the token server has", async () => {
    const { gcp } = await useGcp();
    const server = createServer((_, response) => {
      response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_grant"}');
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const authClient = new UserRefreshClient({
      clientId: "client",
      clientSecret: "not a secret",
      refreshToken: "not a token",
      endpoints: { oauth2TokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` },
    });
    const provider = gcpSecretManager({
      project: gcp.project,
      clientOptions: { ...gcp.clientOptions({ transport: "rest" }), authClient: authClient as never },
    });
    onTestFinished(() => provider.close?.());
    const error = await provider
      .get({ name: "db", stage: "current" }, { signal: AbortSignal.timeout(10_000) })
      .catch((raw) => raw);
    expect(provider.classifyError?.(error)).toBe("ERR_SECRETS_UNAUTHENTICATED");
  });

  // As version 7 of the client makes it.
  it("over REST with the token server's error as cause is the provider's own", async () => {
    const { provider } = await useGcp();
    const cause = Object.assign(new Error("invalid_grant"), { config: { url: "https://oauth2.googleapis.com/token" } });
    const error = Object.assign(new Error("invalid_grant", { cause }), { code: 3, httpStatusCode: 400 });
    expect(provider.classifyError?.(error)).toBe("ERR_SECRETS_UNAUTHENTICATED");
  });

  // As grpc-js makes it when call credentials fail; it asks for them behind TLS only, which a test has not.
  it.each([2, 13, 400])("over gRPC with code %i is the provider's own", async (code) => {
    const { provider } = await useGcp();
    const details = "Getting metadata from plugin failed with error: invalid_grant";
    const error = Object.assign(new Error(`2 UNKNOWN: ${details}`), { code, details });
    expect(provider.classifyError?.(error)).toBe("ERR_SECRETS_UNAUTHENTICATED");
  });
});

describe("an error", () => {
  it("shows neither the value nor the answer of the service", async () => {
    const { gcp, secrets } = await useGcp();
    gcp.secrets.add("db", { versions: ["one"] });
    gcp.fault({ kind: "error", status: "INTERNAL", message: "canary-in-an-answer" });
    const error = await errorOf(secrets.get("db"));
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain("canary-in-an-answer");
    expect(error).toMatchObject({ secretName: "db", provider: "gcp" });
  });
});

describe("the README", () => {
  it("tells what each status means", () => {
    const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
    const rows = [...readme.matchAll(/^\| `(ERR_SECRETS_[A-Z_]+)` +\| ([A-Z_`, ]*?) *\|/gm)];
    const told = rows.flatMap(([, code, statuses = ""]) =>
      [...statuses.matchAll(/`([A-Z_]+)`/g)].map(([, status]) => [status, code] as const),
    );
    expect(Object.fromEntries(told)).toEqual(errorCodes);
  });
});
