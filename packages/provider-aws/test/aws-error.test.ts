import { readFileSync } from "node:fs";
import { SecretsError } from "@qarion/secrets-core";
import { type AwsErrorName, type AwsServer, awsFault } from "@qarion-testing/fakes/aws";
import { describe, expect, it } from "vitest";
import { classifyAwsError, errorCodes } from "../src/aws-error.js";
import { awsServer, codeOf, secretsOf, verdictsOf } from "./aws-setup.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const names = Object.keys(errorCodes) as (keyof typeof errorCodes)[];

/** Errors that no server sends: the SDK's own, made where it looks for credentials. */
const ofTheClient = new Set(["CredentialsProviderError", "TokenProviderError"]);

/** How the service tells an error in awsJson1_1, whatever its name; a throttle and a denial are HTTP 400 like the rest. */
function failWith(server: AwsServer, name: string, status = 400): void {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": crypto.randomUUID() };
  server.fault({ kind: "answer", answer: { status, headers, body: JSON.stringify({ __type: name, message: "no" }) } });
}

describe("an error is classified by its name", () => {
  it.each(names.filter((name) => !ofTheClient.has(name)))("%s, for each call", async (name) => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    failWith(server, name);
    const code = errorCodes[name];
    expect(await codeOf(secrets.get("a"))).toBe(code);
    expect(await verdictsOf(secrets, ["a", "b"])).toEqual({ a: code, b: code });
    expect(await codeOf(secrets.list()[Symbol.asyncIterator]().next())).toBe(code);
    expect(await codeOf(secrets.promote("a", "v".repeat(32)))).toBe(code);
    // Of a put, a secret that is not there is made; that it cannot be found then either is told.
    expect(await codeOf(secrets.put("a", "x"))).toBe(code);
  });

  it.each([400, 403, 429, 500, 503])("and not by its status: a throttle with HTTP %i", async (status) => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    failWith(server, "ThrottlingException", status);
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_THROTTLED");
  });

  it("a name that is not known is an outage only with a status of the server's side", async () => {
    const server = await awsServer();
    const secrets = secretsOf(server);
    failWith(server, "NeverHeardOfException", 400);
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_UNKNOWN");
    server.clearFaults();
    failWith(server, "NeverHeardOfException", 500);
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_UNAVAILABLE");
  });

  it.each(["ThrottlingException", "AccessDeniedException", "DecryptionFailure"] satisfies AwsErrorName[])(
    "%s as the service sends it, with HTTP 400",
    async (name) => {
      const server = await awsServer();
      const secrets = secretsOf(server);
      const fault = server.fault(awsFault(name));
      const error = await secrets.get("a").catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: errorCodes[name], cause: { name, status: 400 } });
      expect(fault.hits).toBe(1);
    },
  );

  it("names of Object.prototype are no names of errors", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(classifyAwsError(Object.assign(new Error(), { name }))).toBeUndefined();
    }
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "ThrottlingException"],
    ["an error of nobody's", new Error("ThrottlingException")],
    ["an abort", new DOMException("aborted", "AbortError")],
    ["a socket's error", Object.assign(new Error(), { code: "ECONNRESET", $metadata: { httpStatusCode: 500 } })],
    ["a SecretsError", new SecretsError("ERR_SECRETS_NOT_FOUND")],
    [
      "an object whose properties throw",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("no");
          },
        },
      ),
    ],
  ])("%s is left to core", (_, raw) => {
    expect(classifyAwsError(raw)).toBeUndefined();
  });
});

describe("the provider's own credentials", () => {
  it.each([...ofTheClient])("%s: they are not accepted, which is an outage and not a denial", async (name) => {
    const server = await awsServer();
    const credentials = () => Promise.reject(Object.assign(new Error("none"), { name }));
    const secrets = secretsOf(server, { clientOptions: { ...server.clientOptions, credentials } });
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_UNAUTHENTICATED");
    expect(server.calls.count()).toBe(0);
  });

  it("that are wrong are told apart from a denial by the service itself", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    const credentials = { ...server.clientOptions.credentials, secretAccessKey: "another" };
    const wrong = secretsOf(server, { clientOptions: { ...server.clientOptions, credentials } });
    expect(await codeOf(wrong.get("a"))).toBe("ERR_SECRETS_UNAUTHENTICATED");
    server.iam.deny("GetSecretValue");
    expect(await codeOf(secretsOf(server).get("a"))).toBe("ERR_SECRETS_ACCESS_DENIED");
  });

  it("that have run out leave the last good value in service", async () => {
    const server = await awsServer();
    server.seed("a", "one");
    const secrets = secretsOf(server, {}, { cache: { ttlMs: 1, maxStaleMs: 60_000, revalidate: "await" } });
    await secrets.get("a");
    server.fault("ExpiredTokenException");
    await secrets.refresh("a").catch(() => undefined);
    const { state } = await secrets.get("a");
    expect(state).toBe("stale");
    server.clearFaults();
    server.iam.deny("GetSecretValue");
    await secrets.refresh("a").catch(() => undefined);
    expect(await codeOf(secrets.get("a"))).toBe("ERR_SECRETS_ACCESS_DENIED");
  });
});

it("the README's table is the provider's", () => {
  const section = readme.slice(readme.indexOf("## Errors")).split(/\n## /)[0] ?? "";
  const rows = [...section.matchAll(/^\| (.+?) +\| `(ERR_SECRETS_\w+)` +\|/gm)];
  const told = rows.flatMap(([, cell = "", code = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => [name, code] as const),
  );
  expect(Object.fromEntries(told)).toEqual(errorCodes);
});
