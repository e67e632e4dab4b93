import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type SecretProvider, SecretsError } from "@qarion/secrets-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { redisSecrets } from "../src/index.js";
import { codeOf, context, errorOf, put, ref, textOf, toldBy } from "./support/ask.js";
import { describeOnServer } from "./support/describe-on-server.js";
import { expectNothingPrinted } from "./support/expect-nothing-printed.js";
import { PrivateRedis } from "./support/private-redis.js";
import { shown } from "./support/shown.js";
import { TcpProxy } from "./support/tcp-proxy.js";
import { until } from "./support/until.js";

const canary = `cNry${randomUUID()}`;
expectNothingPrinted();

describe("the URL", () => {
  it.each([
    "",
    "localhost:6379",
    "//localhost:6379",
    "https://localhost:6379",
    "redis://",
    "redis:///0",
    "/run/redis.sock",
    `redis://:${canary}`,
    `redis://:${canary}#@localhost`,
    `redis://:${canary}%@localhost`,
    `redis://app:${canary}@localhost:port`,
  ])("that is none of a Redis server is refused, and not shown: %#", (url) => {
    const error = thrownBy(() => redisSecrets({ url }));
    expect(SecretsError.is(error) && error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(shown(error)).not.toContain(canary);
  });
});

describeOnServer("signing in", () => {
  let server: PrivateRedis;
  beforeAll(async () => {
    server = await PrivateRedis.start();
    await server.admin.hset("secrets:there", "current", "a value", "current:version", "1");
  });
  afterAll(() => server.stop());

  const opened: SecretProvider[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((provider) => provider.close?.())));
  function open({ url }: { url: string }): SecretProvider {
    const provider = redisSecrets({ url });
    opened.push(provider);
    return provider;
  }

  it.each(["another password", undefined])("no credentials are in an error of the sign-in (%#)", async (wrong) => {
    const password = wrong ?? `${canary}:@/#%`;
    const provider = open({ url: server.url("nobody", encodeURIComponent(password)) });
    const raw = await errorOf(put(provider, "any", canary));
    expect((await toldBy(provider, raw)).code).toBe("ERR_SECRETS_UNAUTHENTICATED");
    for (const error of [raw, await toldBy(provider, raw)]) {
      expect(shown(error)).not.toContain(password);
      expect(shown(error)).not.toContain(canary);
    }
  });

  it("a password may hold anything, percent-encoded", async () => {
    const password = "p@ss:w/rd?#%é ";
    await server.admin.acl("SETUSER", "odd", "reset", "on", `>${password}`, "~*", "+hgetall");
    expect(await textOf(open({ url: server.url("odd", encodeURIComponent(password)) }), "there")).toBe("a value");
  });

  it("the number of a database is part of the URL; one that there is not is no silent other one", async () => {
    await server.admin.select(3);
    await server.admin.hset("secrets:third", "current", "of database 3");
    await server.admin.select(0);
    expect(await textOf(open({ url: `${server.adminUrl}/3` }), "third")).toBe("of database 3");
    const none = open({ url: `${await server.user("lost", "~* +@all")}/99` });
    expect(await codeOf(none, none.get(ref("there"), context))).toBe("ERR_SECRETS_UNKNOWN");
    await until("nothing is left open", async () => !(await clientsOf(server)).includes("user=lost"));
  });

  it("REDISS:// in capital letters is TLS as well: no password goes out before the server has proved itself", async () => {
    const proxy = await TcpProxy.to(server.port);
    onTestFinished(() => proxy.close());
    const provider = open({ url: `REDISS://app:${canary}@127.0.0.1:${proxy.port}` });
    const call = codeOf(provider, provider.get(ref("there"), context));
    await until("something is said", () => proxy.received.length > 0);
    await provider.close?.();
    await call;
    const sent = Buffer.concat(proxy.received);
    expect(sent[0]).toBe(0x16); // RFC 8446, section 5.1: a handshake
    expect(sent.includes(canary)).toBe(false);
  });
});

describeOnServer("over TLS", () => {
  const whyNot = tlsProblem();
  it.skipIf(whyNot)(
    `a server is trusted by the authority that is given, and by no other${whyNot ?? ""}`,
    async ({ skip }) => {
      const server = await PrivateRedis.start();
      onTestFinished(() => server.stop());
      if ((await server.admin.config("GET", "tls-port")).length === 0) skip("this redis-server was built without TLS");
      const file = (name: string) => join(server.folder, name);
      const options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1"];
      const names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file("key.pem"), "-out", file("cert.pem")];
      execFileSync("openssl", ["req", "-x509", "-days", "2", ...options, ...names], { stdio: "ignore" });
      await server.admin.config("SET", "tls-cert-file", file("cert.pem"), "tls-key-file", file("key.pem"));
      await server.admin.config("SET", "tls-ca-cert-file", file("cert.pem"), "tls-auth-clients", "no");
      await server.admin.config("SET", "tls-port", String(server.busPort));
      await server.admin.hset("secrets:there", "current", "a value");
      const plain = new URL(server.adminUrl);
      const url = `rediss://default:${plain.password}@127.0.0.1:${server.busPort}`;

      const trusting = redisSecrets({ url, tls: { ca: readFileSync(file("cert.pem")) } });
      expect(await textOf(trusting, "there")).toBe("a value");
      await trusting.close?.();
      const strict = redisSecrets({ url });
      const error = await errorOf(strict.get(ref("there"), context));
      expect(error).toMatchObject({
        code: "ERR_SECRETS_UNAVAILABLE",
        cause: { message: expect.stringContaining("Error") },
      });
      await strict.close?.();
    },
  );
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

async function clientsOf(server: PrivateRedis): Promise<string> {
  return String(await server.admin.call("CLIENT", "LIST"));
}

function tlsProblem(): string | undefined {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
  } catch {
    return " (skipped: no openssl is on the PATH)";
  }
  return undefined;
}
