import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretsError } from "@qarion/secrets-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { codeOf, errorOf, readAll, textOf, vaultForTest } from "./vault-for-test.js";

const hour = 3_600_000;

async function withSecret() {
  const made = await vaultForTest();
  made.vault.put("db", { value: "pw" });
  made.vault.policy("app", readAll);
  return made;
}

function tempFile(content?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "vault-login-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "token");
  if (content !== undefined) writeFileSync(file, content);
  return file;
}

describe("AppRole", () => {
  it("logs in at its mount, of any depth", async () => {
    const { vault, secrets } = await withSecret();
    const role = vault.appRole("app", { token_policies: ["app"] }, "team/approle");
    const appRole = { roleId: role.roleId, secretId: role.secretId(), mount: "team/approle/" };
    expect(await textOf(secrets({ appRole }), "db")).toBe("pw");
    expect(vault.calls.list(/login/)).toMatchObject([{ path: "auth/team/approle/login", hasToken: false }]);
  });

  it("asks the function for a secret id at each login, and for each has a use of its own", async () => {
    const { vault, clock, secrets } = await withSecret();
    const role = vault.appRole("app", { token_policies: ["app"], token_ttl: "1h", secret_id_num_uses: 1 });
    const given: string[] = [];
    const secretId = async () => {
      given.push(role.secretId());
      return given.at(-1) ?? "";
    };
    const store = secrets({ appRole: { roleId: role.roleId, secretId } });
    for (let n = 1; n <= 3; n += 1) {
      expect(await textOf(store, "db")).toBe("pw");
      expect(given).toHaveLength(n);
      await clock.advance(2 * hour);
    }
  });

  it("a secret id that is used up is refused", async () => {
    const { vault, clock, secrets } = await withSecret();
    const role = vault.appRole("app", { token_policies: ["app"], token_ttl: "1h", secret_id_num_uses: 1 });
    const store = secrets({ appRole: { roleId: role.roleId, secretId: role.secretId() } });
    await textOf(store, "db");
    await clock.advance(2 * hour);
    expect(await codeOf(store.get("db"))).toBe("UNAUTHENTICATED");
  });

  it("a role that is locked refuses the right secret id too, until Vault unlocks it", async () => {
    const { vault, clock, secrets } = await withSecret();
    const role = vault.appRole("app", { token_policies: ["app"] });
    for (let n = 0; n < 5; n += 1) {
      const store = secrets({ appRole: { roleId: role.roleId, secretId: "wrong" } });
      expect(await codeOf(store.get("db"))).toBe("UNAUTHENTICATED");
    }
    const store = secrets({ appRole: { roleId: role.roleId, secretId: role.secretId() } });
    const error = await errorOf(store.get("db"));
    expect([error.code, (error.cause as { cause?: unknown; status?: number }).status]).toEqual([
      "ERR_SECRETS_UNAUTHENTICATED",
      403,
    ]);
    await clock.advance(900_000);
    expect(await textOf(store, "db")).toBe("pw");
  });

  it.each([
    ["throws", () => Promise.reject(new Error("CANARY")), "UNAUTHENTICATED"],
    ["gives nothing", () => undefined as unknown as string, "UNAUTHENTICATED"],
    ["gives a blank", () => " ", "UNAUTHENTICATED"],
    ["throws a SecretsError", () => Promise.reject(new SecretsError("ERR_SECRETS_UNAVAILABLE")), "UNAVAILABLE"],
  ])("a function that %s is told, and nothing is sent", async (_, secretId, code) => {
    const { vault, secrets } = await withSecret();
    const error = await errorOf(secrets({ appRole: { roleId: "role", secretId } }).get("db"));
    expect(error.code).toBe(`ERR_SECRETS_${code}`);
    expect(String(error.stack) + String(error.cause)).not.toContain("CANARY");
    expect(vault.calls.count()).toBe(0);
  });

  it("a function that never ends is given up with its login", async () => {
    const { clock, secrets } = await withSecret();
    const appRole = { roleId: "role", secretId: () => new Promise<string>(() => {}) };
    const asked = codeOf(secrets({ appRole }).get("db"));
    await clock.advance(30_000);
    expect(await asked).toBe("TIMEOUT");
  });
});

describe("Kubernetes", () => {
  const account = { namespace: "prod", name: "app" };

  it("reads the token's file anew at each login, and takes off the line end", async () => {
    const { vault, clock, secrets } = await withSecret();
    vault.kubernetesRole("app", { token_policies: ["app"], token_ttl: "1h" });
    const tokenFile = tempFile(`${vault.serviceAccountToken(account)}\n`);
    const store = secrets({ kubernetes: { role: "app", tokenFile } });
    expect(await textOf(store, "db")).toBe("pw");
    await clock.advance(2 * hour); // Vault's token and the one in the file have both ended
    writeFileSync(tokenFile, vault.serviceAccountToken(account));
    expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.list(/login/).map(({ status }) => status)).toEqual([200, 200]);
  });

  it.each([
    ["has expired", "expired"],
    ["is of an account that was deleted", "deleted"],
    ["is no JWT", "garbage"],
    ["is for another role", "role"],
  ])("is unauthenticated with a token that %s", async (_, what) => {
    const { vault, clock, secrets } = await withSecret();
    vault.kubernetesRole("app", {
      token_policies: ["app"],
      bound_service_account_names: what === "role" ? "other" : "*",
    });
    const jwt = what === "garbage" ? "no.jwt" : vault.serviceAccountToken(account);
    if (what === "expired") await clock.advance(2 * hour);
    if (what === "deleted") vault.deleteServiceAccount(account);
    const error = await errorOf(secrets({ kubernetes: { role: "app", tokenFile: tempFile(jwt) } }).get("db"));
    expect(error.code).toBe("ERR_SECRETS_UNAUTHENTICATED");
    expect(error.stack).not.toContain(jwt);
  });

  it("logs in at its mount", async () => {
    const { vault, secrets } = await withSecret();
    vault.kubernetesRole("app", { token_policies: ["app"] }, "clusters/eu-1");
    const tokenFile = tempFile(vault.serviceAccountToken(account));
    const store = secrets({ kubernetes: { role: "app", tokenFile, mount: "clusters/eu-1" } });
    expect(await textOf(store, "db")).toBe("pw");
  });

  it("without the file nothing is sent", async () => {
    const { vault, secrets } = await withSecret();
    const error = await errorOf(secrets({ kubernetes: { role: "app", tokenFile: tempFile() } }).get("db"));
    expect(error).toMatchObject({ code: "ERR_SECRETS_UNAUTHENTICATED", cause: { code: "ENOENT" } });
    expect(vault.calls.count()).toBe(0);
  });
});
