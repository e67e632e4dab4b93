import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { SecretProvider } from "@qarion/secrets-core";
import { type VaultServer, vaultErrorAnswer } from "@qarion-testing/fakes/vault";
import { describe, expect, it, onTestFinished } from "vitest";
import { type VaultKvOptions, vaultKv } from "../src/index.js";
import { vaultForTest } from "./vault-for-test.js";

/** In the shape that each of them has, so that no rule about shapes lets one pass. */
const canaries = {
  token: "hvs.CANARY1token",
  secretId: "CANARY2-secret-id",
  jwt: "CANARY3.jwt.sig",
  value: "CANARY4value",
  written: "CANARY5written",
};

/** Everything that a logger might show, causes included. */
function shown(thing: unknown, seen = new Set<unknown>()): string {
  if (typeof thing !== "object" || thing === null || seen.has(thing)) return String(thing);
  seen.add(thing);
  const own = Reflect.ownKeys(thing).map((key) => `${String(key)}: ${shown(Reflect.get(thing, key), seen)}`);
  const printed = [false, true].map((showHidden) => inspect(thing, { depth: null, showHidden, getters: true }));
  return [...own, ...printed, thing instanceof Error ? `${thing.stack}` : "", JSON.stringify(thing)].join("\n");
}

const echo = JSON.stringify(canaries);
const troubles: Readonly<Record<string, (vault: VaultServer) => void>> = {
  "nothing at all": () => {},
  ...Object.fromEntries(
    [301, 307, 400, 401, 403, 404, 405, 412, 413, 429, 500, 503].flatMap((status) => [
      [`${status} that repeats the request`, (vault: VaultServer) => fault(vault, vaultErrorAnswer(status, echo))],
      [
        `${status} with a page that repeats it`,
        (vault: VaultServer) =>
          fault(vault, { status, headers: { location: `/${canaries.token}` }, body: `<p>${echo}` }),
      ],
      [
        `${status} with data that repeats it`,
        (vault: VaultServer) =>
          fault(vault, { status, headers: {}, body: `{"data":${echo},"auth":${echo},"warnings":[${echo}]}` }),
      ],
    ]),
  ),
  "200 with data of another shape": (vault) =>
    fault(vault, { status: 200, headers: {}, body: `{"data":${echo},"auth":${echo}}` }),
  "a reset": (vault) => void vault.faults.add({ kind: "reset" }),
  "half an answer": (vault) => void vault.faults.add({ kind: "truncate" }),
  "base64 that is none": (vault) => void vault.put("db", { value: `${canaries.value}?`, encoding: "base64" }),
  "a deleted version": (vault) => void vault.request("DELETE", "secret/data/db"),
};

function fault(
  vault: VaultServer,
  answer: { status: number; headers: Record<string, string>; body: string | Uint8Array },
) {
  vault.faults.add({ kind: "answer", answer });
}

function tokenFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "vault-canary-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "token"), canaries.jwt);
  return join(folder, "token");
}

/** Every method, as a caller that holds the provider itself sees it fail. */
async function failuresOf(provider: SecretProvider): Promise<readonly unknown[]> {
  const context = { signal: new AbortController().signal };
  const calls = [
    async () => void (await provider.get({ name: "db", stage: "current" }, context)),
    async () => void (await provider.get({ name: "db", stage: "previous" }, context)),
    async () => void (await provider.put?.({ name: "db", stage: "current" }, canaries.written, context)),
    async () => void (await provider.put?.({ name: "all", stage: "current" }, canaries.written, context)),
    async () => {
      for await (const _ of provider.list?.({}, context) ?? []);
    },
  ];
  const failures: unknown[] = [];
  for (const call of calls) await call().catch((error: unknown) => failures.push(error));
  return failures;
}

describe("no error and no provider shows a token, a secret id, a JWT or a value", () => {
  it.each(Object.entries(troubles))("%s", async (_, trouble) => {
    const { vault, clock } = await vaultForTest();
    vault.put("db", { value: canaries.value });
    trouble(vault);
    const credentials: Partial<VaultKvOptions>[] = [
      { token: canaries.token },
      { token: vault.rootToken },
      { appRole: { roleId: "role", secretId: canaries.secretId } },
      { appRole: { roleId: "role", secretId: () => Promise.reject(new Error(canaries.secretId)) } },
      { kubernetes: { role: "app", tokenFile: tokenFile() } },
    ];
    let failed = 0;
    for (const one of credentials) {
      const provider = vaultKv({ address: vault.address, clock, path: "all", ...one });
      const failures = await failuresOf(provider);
      failed += failures.length;
      for (const text of [provider, ...failures].map((thing) => shown(thing))) {
        expect(text).not.toMatch(/CANARY/);
        expect(text).not.toContain(vault.rootToken);
      }
      vault.faults.add({ kind: "reset" });
      await provider.close?.();
    }
    expect(failed).toBeGreaterThan(10);
  });
});
