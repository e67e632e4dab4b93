import { vaultErrorAnswer } from "@qarion-testing/fakes/vault";
import { describe, expect, it } from "vitest";
import { codeOf, errorOf, readAll, textOf, type VaultForTest, vaultForTest } from "./vault-for-test.js";

const login = "POST auth/approle/login";
const renew = "POST auth/token/renew-self";
const lookUp = "GET auth/token/lookup-self";
const read = "GET secret/data/db";
const hour = 3_600_000;

/** A secret, and a role that may read it. */
async function withRole(fields: Record<string, unknown> = {}, options?: Parameters<typeof vaultForTest>[0]) {
  const made = await vaultForTest(options);
  const { vault } = made;
  vault.put("db", { value: "pw" });
  vault.policy("app", readAll);
  const role = vault.appRole("app", { token_policies: ["app"], token_ttl: "1h", ...fields });
  const appRole = { roleId: role.roleId, secretId: role.secretId() };
  return { ...made, role, appRole };
}

describe("a given token", () => {
  it("is used at once, and asked once how long it lives", async () => {
    const { vault, secrets, settled } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const store = secrets();
    for (let n = 0; n < 3; n += 1) expect(await textOf(store, "db")).toBe("pw");
    await settled();
    expect(vault.calls.count(renew)).toBe(0);
  });

  it("is renewed by the first call after two thirds of its life, and so lives on", async () => {
    const { vault, clock, secrets, settled } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", readAll);
    const store = secrets({ token: vault.token({ policies: ["app"], ttl: "1h" }) });
    await textOf(store, "db");
    await settled();
    await clock.advance((hour * 2) / 3 - 1);
    await textOf(store, "db");
    expect(vault.calls.count(renew)).toBe(0);
    await clock.advance(1);
    for (let n = 1; n <= 5; n += 1) {
      expect(await textOf(store, "db")).toBe("pw");
      await settled();
      expect(vault.calls.count(renew)).toBe(n);
      await clock.advance((hour * 2) / 3);
    }
    expect(vault.calls.count(lookUp)).toBe(1);
  });

  it.each([
    ["not renewable", { renewable: false }],
    ["a batch token", { type: "batch" }],
  ] as const)("%s: is used to its end, then refused as such", async (_, options) => {
    const { vault, clock, secrets, settled } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", readAll);
    const store = secrets({ token: vault.token({ policies: ["app"], ttl: "1h", ...options }) });
    await textOf(store, "db");
    await settled();
    await clock.advance(hour - 1);
    expect(await textOf(store, "db")).toBe("pw");
    await clock.advance(2);
    expect(await codeOf(store.get("db"))).toBe("UNAUTHENTICATED");
    expect(vault.calls.count(renew)).toBe(0);
  });

  it("at its longest life it is renewed no more", async () => {
    const { vault, clock, secrets, settled } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", readAll);
    const store = secrets({ token: vault.token({ policies: ["app"], ttl: "1h", explicitMaxTtl: "2h" }) });
    await textOf(store, "db");
    await settled();
    for (let minute = 0; minute < 119; minute += 1) {
      expect(await textOf(store, "db")).toBe("pw");
      await clock.advance(60_000);
    }
    await clock.advance(120_000);
    expect(await codeOf(store.get("db"))).toBe("UNAUTHENTICATED");
    expect(vault.calls.count(renew)).toBeLessThan(6);
  });

  it.each([
    ["an internal error", vaultErrorAnswer(500, "internal error")],
    ["a proxy's 403", { status: 403, headers: {}, body: "<html></html>" }],
  ])("lives on though its lookup or its renewal first met %s", async (_, answer) => {
    const { vault, clock, secrets, settled } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", readAll);
    for (const operation of [lookUp, renew]) vault.faults.add({ kind: "answer", answer }, { operation, times: 1 });
    const store = secrets({ token: vault.token({ policies: ["app"], ttl: "1h" }) });
    for (let minutes = 0; minutes < 180; minutes += 5) {
      expect(await textOf(store, "db")).toBe("pw");
      await settled();
      await clock.advance(5 * 60_000);
    }
  });

  it("may be one whose policies let it neither look itself up nor renew", async () => {
    const { vault, secrets, settled } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", readAll);
    const store = secrets({ token: vault.token({ policies: ["app"], noDefaultPolicy: true }) });
    expect(await textOf(store, "db")).toBe("pw");
    await settled();
    expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.count(lookUp)).toBe(1);
  });

  it("is good for its one use", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", readAll);
    vault.faults.add({ kind: "hang" }, { operation: lookUp });
    const store = secrets({ token: vault.token({ policies: ["app"], numUses: 1 }) });
    expect(await textOf(store, "db")).toBe("pw");
    expect(await codeOf(store.get("db"))).toBe("UNAUTHENTICATED");
  });

  it("that is revoked is refused, and no login is tried", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const token = vault.token({ policies: ["root"] });
    const store = secrets({ token });
    await textOf(store, "db");
    vault.revoke(token);
    expect(await codeOf(store.get("db"))).toBe("UNAUTHENTICATED");
    expect(vault.calls.count(/login/)).toBe(0);
  });

  it("is left alive on close", async () => {
    const { vault, secrets } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const token = vault.token({ policies: ["root"] });
    const store = secrets({ token });
    await textOf(store, "db");
    await store.close();
    expect(vault.calls.count(/revoke/)).toBe(0);
    expect(await textOf(secrets({ token }), "db")).toBe("pw");
  });
});

describe("which 403 it is", () => {
  describe.each(["vault", "vault-enterprise", "openbao"] as const)("%s", (product) => {
    it("a wrong token is unauthenticated", async () => {
      const { vault, secrets } = await vaultForTest({ product });
      vault.put("db", { value: "pw" });
      expect(await codeOf(secrets({ token: "hvs.wrong" }).get("db"))).toBe("UNAUTHENTICATED");
    });

    it("a policy's no is denied, with and without the policy `default`", async () => {
      const { vault, secrets } = await vaultForTest({ product });
      vault.put("db", { value: "pw" });
      for (const noDefaultPolicy of [false, true]) {
        const token = vault.token({ policies: ["nothing"], noDefaultPolicy });
        expect(await codeOf(secrets({ token }).getOptional("db"))).toBe("ACCESS_DENIED");
      }
    });

    it("a policy's no brings about no login", async () => {
      const { vault, secrets, appRole } = await withRole({ token_policies: ["nothing"] }, { product });
      const store = secrets({ appRole });
      for (let n = 0; n < 3; n += 1) expect(await codeOf(store.get("db"))).toBe("ACCESS_DENIED");
      expect(vault.calls.count(login)).toBe(1);
    });

    it("a revoked token of a login is replaced once, and the read succeeds", async () => {
      const { vault, secrets, appRole, lastToken } = await withRole({}, { product });
      const store = secrets({ appRole });
      await textOf(store, "db");
      vault.revoke(lastToken());
      vault.calls.clear();
      expect(await textOf(store, "db")).toBe("pw");
      expect(vault.calls.count(login)).toBe(1);
      expect(vault.calls.list(read).map(({ status }) => status)).toEqual([403, 200]);
    });
  });

  it.each([
    ["the token knows itself", 200, "ACCESS_DENIED"],
    ["a policy hides it from itself", 403, "ACCESS_DENIED"],
    ["Vault does not know it", 403.1, "UNAUTHENTICATED"],
    ["Vault cannot be asked", 503, "UNAVAILABLE"],
  ] as const)("a bare 403 is told apart by asking the token about itself: %s", async (_, status, code) => {
    const { vault, secrets } = await vaultForTest();
    const token = vault.token({ policies: ["default"] });
    vault.faults.add({ kind: "answer", answer: vaultErrorAnswer(403, "permission denied") }, { operation: read });
    const said = {
      403: "1 error occurred:\n\t* permission denied\n\n",
      403.1: "permission denied",
      503: "Vault is sealed",
    };
    if (status !== 200) {
      const answer = vaultErrorAnswer(Math.floor(status), said[status]);
      vault.faults.add({ kind: "answer", answer }, { operation: lookUp });
    }
    expect(await codeOf(secrets({ token }).get("db"))).toBe(code);
  });

  it("a proxy's own 403 is no word of Vault's, and costs no token", async () => {
    const { vault, secrets, appRole } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    vault.faults.add(
      { kind: "answer", answer: { status: 403, headers: {}, body: "<html>blocked</html>" } },
      { times: 1 },
    );
    expect(await codeOf(store.get("db"))).toBe("UNAVAILABLE");
    expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.count(login)).toBe(1);
  });
});

describe("a login", () => {
  it("is made once for fifty reads at the same time, and again for nobody", async () => {
    const { vault, secrets, appRole } = await withRole();
    for (let n = 0; n < 50; n += 1) vault.put(`s${n}`, { value: `v${n}` });
    const store = secrets({ appRole });
    const refs = Array.from({ length: 50 }, (_, n) => `s${n}`);
    const values = await Promise.all(refs.map((ref) => textOf(store, ref)));
    expect(values).toEqual(refs.map((ref) => ref.replace("s", "v")));
    await textOf(store, "db");
    expect(vault.calls.count(login)).toBe(1);
  });

  it("is made once for fifty reads whose token was revoked", async () => {
    const { vault, secrets, appRole, lastToken } = await withRole();
    for (let n = 0; n < 50; n += 1) vault.put(`s${n}`, { value: `v${n}` });
    const store = secrets({ appRole });
    await textOf(store, "db");
    vault.revoke(lastToken());
    await Promise.all(Array.from({ length: 50 }, (_, n) => textOf(store, `s${n}`)));
    expect(vault.calls.count(login)).toBe(2);
  });

  it("goes on for the others when the one who began it gives up", async () => {
    const { vault, provider, appRole } = await withRole();
    const gate = gateOf();
    const held = vault.faults.add({ kind: "hold", until: gate.opened }, { operation: login });
    const target = provider({ appRole });
    const first = new AbortController();
    const ref = { name: "db", stage: "current" } as const;
    const reads = [first, ...Array.from({ length: 3 }, () => new AbortController())].map(({ signal }) =>
      target.get(ref, { signal }),
    );
    await held.hit();
    first.abort(new Error("the caller's own reason"));
    await expect(reads[0]).rejects.toThrow("the caller's own reason");
    gate.open();
    for (const other of reads.slice(1)) expect((await other).value).toBe("pw");
    expect(vault.calls.count(login)).toBe(1);
  });

  it("is kept for the next call when all who waited for it gave up", async () => {
    const { vault, provider, appRole } = await withRole();
    const gate = gateOf();
    const held = vault.faults.add({ kind: "hold", until: gate.opened }, { operation: login });
    const target = provider({ appRole });
    const caller = new AbortController();
    const ref = { name: "db", stage: "current" } as const;
    const given = target.get(ref, caller);
    await held.hit();
    caller.abort();
    await expect(given).rejects.toThrow();
    gate.open();
    expect((await target.get(ref, { signal: new AbortController().signal })).value).toBe("pw");
    expect(vault.calls.count(login)).toBe(1);
  });

  it("that hangs is given up after 30 s, and the next call tries anew", async () => {
    const { vault, clock, secrets, appRole } = await withRole();
    const hang = vault.faults.add({ kind: "hang" }, { operation: login, times: 1 });
    const store = secrets({ appRole });
    const hung = codeOf(store.get("db"));
    await hang.hit();
    await clock.advance(29_999);
    const joined = codeOf(store.get("db"));
    await clock.advance(1);
    expect([await hung, await joined]).toEqual(["TIMEOUT", "TIMEOUT"]);
    expect(await textOf(store, "db")).toBe("pw");
  });

  it("that is refused is not repeated for 30 s, so that one wrong secret id does not lock the role for all", async () => {
    const { vault, clock, secrets, role } = await withRole();
    let secretId = "wrong";
    const store = secrets({ appRole: { roleId: role.roleId, secretId: () => secretId } });
    const refs = Array.from({ length: 20 }, (_, n) => `s${n}`);
    await Promise.all(refs.map(async (ref) => expect(await codeOf(store.get(ref))).toBe("UNAUTHENTICATED")));
    secretId = role.secretId();
    await clock.advance(29_999);
    expect(await codeOf(store.get("db"))).toBe("UNAUTHENTICATED");
    expect(vault.calls.count(login)).toBe(1);
    await clock.advance(1);
    expect(await textOf(store, "db")).toBe("pw");
  });

  it.each([
    ["sealed", 503, "Vault is sealed", "UNAVAILABLE"],
    ["throttled", 429, "rate limit quota exceeded", "THROTTLED"],
    ["a secondary for disasters", 400, "path disabled in replication DR secondary mode", "UNAVAILABLE"],
    ["lagging", 412, "required index state not present", "UNAVAILABLE"],
  ])("in an outage it is an outage, and tried again by the next call: %s", async (_, status, text, code) => {
    const { vault, secrets, appRole } = await withRole();
    vault.faults.add({ kind: "answer", answer: vaultErrorAnswer(status, text) }, { operation: login, times: 1 });
    const store = secrets({ appRole });
    expect(await codeOf(store.get("db"))).toBe(code);
    expect(await textOf(store, "db")).toBe("pw");
  });

  it("with a token for few uses is made again when they are used up", async () => {
    const { vault, secrets, appRole } = await withRole({ token_num_uses: 2 });
    const store = secrets({ appRole });
    for (let n = 0; n < 5; n += 1) expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.count(login)).toBe(3);
  });

  it("whose token is refused at once is not made for ever", async () => {
    const { vault, secrets, appRole } = await withRole();
    const answer = vaultErrorAnswer(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n");
    vault.faults.add({ kind: "answer", answer }, { operation: read });
    expect(await codeOf(secrets({ appRole }).get("db"))).toBe("UNAUTHENTICATED");
    expect(vault.calls.count(login)).toBe(2);
  });

  it.each(["{}", '{"auth":{}}', '{"auth":{"client_token":""}}', '{"auth":{"client_token":"a\\nb"}}', '{"auth":null}'])(
    "that gives no token is refused: %s",
    async (body) => {
      const { vault, secrets, appRole } = await withRole();
      vault.faults.add({ kind: "answer", answer: { status: 200, headers: {}, body } }, { operation: login });
      expect(await codeOf(secrets({ appRole }).get("db"))).toBe("UNAUTHENTICATED");
      expect(vault.calls.count(read)).toBe(0);
    },
  );
});

describe("the token of a login", () => {
  it("is renewed after two thirds of its life, and no read waits for that", async () => {
    const { vault, clock, secrets, appRole } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    await clock.advance((hour * 2) / 3);
    const hang = vault.faults.add({ kind: "hang" }, { operation: renew });
    expect(await textOf(store, "db")).toBe("pw");
    expect(await textOf(store, "db")).toBe("pw");
    await hang.hit();
    expect(hang.hits).toBe(1);
    expect(vault.calls.count(login)).toBe(1);
  });

  it("serves on through an outage of its renewal, which is tried again and again before its end", async () => {
    const { vault, clock, secrets, appRole, settled } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    await clock.advance((hour * 2) / 3);
    const outage = vault.faults.add({ kind: "proxy" }, { operation: renew });
    for (let minute = 0; minute < 10; minute += 1) {
      expect(await textOf(store, "db")).toBe("pw");
      await settled();
      await clock.advance(60_000);
    }
    expect(outage.hits).toBeGreaterThan(5);
    const before = outage.hits;
    for (let n = 0; n < 20; n += 1) await textOf(store, "db");
    expect(outage.hits).toBeLessThan(before + 2);
    outage.remove();
    await settled();
    await clock.advance(60_000);
    expect(await textOf(store, "db")).toBe("pw");
    await settled();
    await clock.advance(hour - 1);
    expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.count(login)).toBe(1);
  });

  it.each([
    ["it is not renewable", { token_type: "batch" }, 0],
    ["its policies do not let it renew", { token_no_default_policy: true }, 1],
  ])("is replaced by a new login beside, where %s", async (_, fields, renewals) => {
    const { vault, clock, secrets, appRole, settled } = await withRole(fields);
    const store = secrets({ appRole });
    await textOf(store, "db");
    for (let n = 2; n < 5; n += 1) {
      await clock.advance((hour * 2) / 3 + 1);
      expect(await textOf(store, "db")).toBe("pw");
      await settled();
    }
    expect(vault.calls.count(renew)).toBe(3 * renewals);
    expect(vault.calls.list(read).every(({ status }) => status === 200)).toBe(true);
  });

  it("near its longest life it is replaced, and no read ever meets a dead one", async () => {
    const { vault, clock, secrets, appRole, settled } = await withRole({ token_max_ttl: "2h" });
    const store = secrets({ appRole });
    for (let minutes = 0; minutes < 60 * 6; minutes += 1) {
      expect(await textOf(store, "db")).toBe("pw");
      await settled();
      await clock.advance(60_000);
    }
    expect(vault.calls.list(read).filter(({ status }) => status !== 200)).toEqual([]);
    const logins = vault.calls.count(login);
    expect([3, 4]).toContain(logins);
    expect(vault.calls.count(renew)).toBeLessThanOrEqual(3 * logins);
  });

  it("is over when its renewal gives it no time", async () => {
    const { vault, clock, secrets, appRole, settled } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    await clock.advance((hour * 2) / 3);
    const body = JSON.stringify({ auth: { client_token: "same", lease_duration: 0, renewable: true } });
    vault.faults.add({ kind: "answer", answer: { status: 200, headers: {}, body } }, { operation: renew });
    await textOf(store, "db");
    await settled();
    await textOf(store, "db");
    expect(vault.calls.count(login)).toBe(2);
  });

  it("that ended while nobody asked is replaced, without asking Vault in vain", async () => {
    const { vault, clock, secrets, appRole } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    await clock.advance(2 * hour);
    expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.count(renew)).toBe(0);
    expect(vault.calls.list(read).map(({ status }) => status)).toEqual([200, 200]);
  });

  it("that ended while the machine was frozen is replaced too, though its monotonic clock stood still", async () => {
    const { vault, clock, secrets, appRole } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    clock.freeze(2 * hour);
    expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.list(read).map(({ status }) => status)).toEqual([200, 200]);
  });

  it("does not end early where the wall clock is set back", async () => {
    const { clock, vault, secrets, appRole } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    clock.freeze(-10 * hour);
    expect(await textOf(store, "db")).toBe("pw");
    expect(vault.calls.count(login)).toBe(1);
  });
});

describe("close", () => {
  it("ends the token of a login, once, and nothing is asked afterwards", async () => {
    const { vault, secrets, provider, appRole, lastToken } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    const token = lastToken();
    await Promise.all([store.close(), store.close()]);
    expect(vault.calls.count("POST auth/token/revoke-self")).toBe(1);
    expect(await codeOf(provider({ token }).get({ name: "db", stage: "current" }, live()))).toBe("UNAUTHENTICATED");
    vault.calls.clear();
    expect(await codeOf(store.get("db"))).toBe("CLOSED");
    expect(vault.calls.count()).toBe(0);
  });

  it("of the provider itself ends calls under way, logins among them, and refuses later ones", async () => {
    const { vault, provider, appRole } = await withRole();
    for (const operation of [login, read]) {
      const target = provider({ appRole });
      const hang = vault.faults.add({ kind: "hang" }, { operation });
      const ref = { name: "db", stage: "current" } as const;
      const under = Promise.all([errorOf(target.get(ref, live())), errorOf(target.get(ref, live()))]);
      await hang.hit();
      await target.close?.();
      for (const { code } of await under) expect(code).toBe("ERR_SECRETS_CLOSED");
      const late = [target.get(ref, live()), Promise.resolve(target.put?.(ref, "x", live())), firstOf(target)];
      expect(await Promise.all(late.map(codeOf))).toEqual(["CLOSED", "CLOSED", "CLOSED"]);
      await target.close?.();
      vault.faults.clear();
    }
  });

  it("waits no longer than 2 s for the end of a token", async () => {
    const { vault, clock, provider, appRole } = await withRole();
    const target = provider({ appRole });
    await target.get({ name: "db", stage: "current" }, live());
    const hang = vault.faults.add({ kind: "hang" }, { operation: "POST auth/token/revoke-self" });
    const closed = target.close?.();
    await hang.hit();
    await clock.advance(2_000);
    await closed;
  });

  it("does not fail when Vault is gone", async () => {
    const { vault, secrets, appRole } = await withRole();
    const store = secrets({ appRole });
    await textOf(store, "db");
    await vault.close();
    await store.close();
  });
});

function live() {
  return { signal: new AbortController().signal };
}

async function firstOf(target: ReturnType<VaultForTest["provider"]>) {
  for await (const _ of target.list?.({}, live()) ?? []) return;
}

function gateOf() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
