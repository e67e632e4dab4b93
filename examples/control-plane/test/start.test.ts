import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateAesKey } from "@qarion/crypto-aes";
import { generateFernetKey } from "@qarion/crypto-fernet";
import { jwtKeyKind } from "@qarion/jwt-rotation";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { start } from "../src/start.js";

const home = process.cwd();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "control-plane-"));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const whole = () => ({
  SECRET_KEY: jwtKeyKind.generate(),
  CONTROL_PLANE_SECRET_KEY: jwtKeyKind.generate(),
  INSTANCE_ENCRYPTION_KEY: generateFernetKey(),
  CONNECTOR_ENCRYPTION_KEY: generateAesKey(),
  ADMIN_PASSWORD: "a password for the test",
  LOG_LEVEL: "silent",
  DATA_DIRECTORY: "memory://",
  PORT: "0",
});

async function codesOf(env: Record<string, string>): Promise<string[]> {
  const failure = await start(env).then(
    () => undefined,
    (error: { code?: string; errors?: { code: string }[] }) => error,
  );
  return [...new Set((failure?.errors ?? [failure]).map((error) => String(error?.code)))];
}

describe("the service", () => {
  it("starts with everything in place, and stops", async () => {
    const { address, stop } = await start(whole());
    expect(await (await fetch(`${address}/readyz`)).json()).toEqual({ status: "ready" });
    await stop();
    await expect(fetch(`${address}/readyz`)).rejects.toThrow();
  });

  it.each<[string, Record<string, string>, string]>([
    ["an unknown provider", { SECRET_PROVIDER: "nope" }, "ERR_SECRETS_PROVIDER_UNKNOWN"],
    ["a volume that is not there", { SECRETS_DIRECTORY: "nowhere" }, "ERR_SECRETS_INVALID_CONFIG"],
    ["a port that is none", { PORT: "abc" }, "ERR_SECRETS_INVALID_CONFIG"],
    ["a weak password of the first user", { ADMIN_PASSWORD: "short" }, "ERR_SECRETS_INVALID_VALUE"],
  ])("does not start with %s", async (_, env, code) => {
    expect(await codesOf({ ...whole(), ...env })).toEqual([code]);
  });

  it("does not start with a malformed .env, and says where it is malformed", async () => {
    writeFileSync(".env", "SECRET_KEY=one\nwhat is this\n");
    const { SECRET_KEY: _, ...rest } = whole();
    expect(await codesOf(rest)).toEqual(["ERR_SECRETS_INVALID_CONFIG"]);
    const failure: unknown = await start(rest).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AggregateError);
    for (const { hint } of (failure as AggregateError).errors) expect(hint).toContain(".env, line 2");
  });

  it("does not start on a port that is taken, and leaves nothing open", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    expect(await codesOf({ ...whole(), PORT: String(port) })).toEqual(["EADDRINUSE"]);
    await new Promise((resolve) => taken.close(resolve));
  });
});
