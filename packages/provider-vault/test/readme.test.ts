import { createSecrets, type Secrets } from "@qarion/secrets-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { vaultKv } from "../src/index.js";
import { blocks } from "./readme.js";
import { codeOf, namesOf, textOf, vaultForTest } from "./vault-for-test.js";

const [program = "", unwrapping = ""] = blocks("js");
const [reading = "", listing = "", writing = "", ownToken = ""] = blocks("hcl");

/** Runs code of the README, less its imports, which are handed in. */
async function run(code: string, given: Readonly<Record<string, unknown>>, result = ""): Promise<unknown> {
  const body = `return (async () => {${code.replaceAll(/^import .*$/gm, "")}\n${result}})()`;
  return new Function(...Object.keys(given), body)(...Object.values(given));
}

/** A policy with one of its capabilities left out, for each of them. */
function withoutEach(policies: readonly string[]): readonly (readonly [left: string, policies: readonly string[]])[] {
  return policies.flatMap((policy, index) =>
    [...policy.matchAll(/path "([^"]+)" \{\s+capabilities = \[([^\]]+)\]/g)].flatMap(([whole, path, list = ""]) =>
      list.split(", ").map((capability) => {
        const rest = list
          .split(", ")
          .filter((one) => one !== capability)
          .join(", ");
        const less = policy.replace(whole, whole.replace(`[${list}]`, `[${rest}]`));
        return [`${capability} of ${path}`, policies.with(index, less)] as const;
      }),
    ),
  );
}

afterEach(() => void vi.unstubAllEnvs());

describe("the README's code", () => {
  it("does what its comments say", async () => {
    const { vault } = await vaultForTest();
    vi.stubEnv("VAULT_ADDR", vault.address);
    vi.stubEnv("VAULT_TOKEN", vault.rootToken);
    const logged: unknown[] = [];
    await run(program, { vaultKv, createSecrets, console: { log: (line: unknown) => logged.push(String(line)) } });
    expect(logged).toEqual([...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line));
  });

  it("opens a wrapped secret id once, and logs in with it", async () => {
    const { vault } = await vaultForTest();
    vault.put("db", { value: "pw" });
    vault.policy("app", 'path "secret/data/*" { capabilities = ["read"] }');
    const role = vault.appRole("app", { token_policies: ["app"] });
    const given = { vaultKv, address: vault.address, wrappingToken: role.wrappedSecretId("60s"), roleId: role.roleId };
    const provider = (await run(unwrapping, given, "return provider;")) as ReturnType<typeof vaultKv>;
    expect(await textOf(createSecrets({ provider, cache: false }), "db")).toBe("pw");
    await provider.close?.();
    await expect(run(unwrapping, given)).rejects.toThrow("status 400");
  });
});

describe("the README's policies", () => {
  const kv = [reading, listing, writing];

  async function storeWith(policies: readonly string[]) {
    const { vault, secrets } = await vaultForTest();
    vault.put("prod/db", { value: "one" });
    vault.put("prod/db", { value: "two" });
    vault.put("prod/app/key", { value: "k" });
    vault.put("other/db", { value: "o" });
    const names = policies.map((policy, index) => {
      vault.policy(`p${index}`, policy);
      return `p${index}`;
    });
    const token = vault.token({ policies: names });
    return {
      vault,
      token,
      store: secrets({ token, prefix: "prod/" }),
      elsewhere: secrets({ token, prefix: "other/" }),
    };
  }

  /** What a service does, by what its policies are for. */
  async function use(store: Secrets): Promise<void> {
    expect(await textOf(store, "db")).toBe("two");
    expect(await textOf(store, "db@previous")).toBe("one");
    expect(await namesOf(store)).toEqual(["app/key", "db"]);
    await store.put("new", "n");
    await store.put("db", "three");
  }

  it("suffice, and reach no further than the prefix", async () => {
    const { store, elsewhere } = await storeWith(kv);
    await use(store);
    expect(await codeOf(elsewhere.get("db"))).toBe("ACCESS_DENIED");
    expect(await codeOf(namesOf(elsewhere))).toBe("ACCESS_DENIED");
    expect(await codeOf(elsewhere.put("db", "x"))).toBe("ACCESS_DENIED");
  });

  it.each(withoutEach(kv))("without %s something is denied", async (_, policies) => {
    const { store } = await storeWith(policies);
    expect(await codeOf(use(store))).toBe("ACCESS_DENIED");
  });

  it("of reading and writing suffice for `cas_required` and for a bundle", async () => {
    const { vault, store, token } = await storeWith([reading, writing]);
    vault.put("prod/all", { A: "a" });
    const bundle = createSecrets({
      provider: vaultKv({ address: vault.address, token, path: "prod/all" }),
      cache: false,
    });
    await bundle.put("B", "b");
    await bundle.close();
    vault.request("POST", "secret/config", { cas_required: true });
    await store.put("db", "four");
  });

  it("of writing alone suffices for a plain write", async () => {
    const { store } = await storeWith([writing]);
    await store.put("db", "four");
    await store.put("new", "n");
    expect(await codeOf(store.get("db"))).toBe("ACCESS_DENIED");
  });

  /** Whether a token could look itself up, renew itself and revoke itself. */
  async function lifeWith(policy: string): Promise<readonly boolean[]> {
    const { vault, clock, secrets, settled } = await vaultForTest();
    vault.put("prod/db", { value: "pw" });
    vault.policy("read", reading);
    vault.policy("own", policy);
    const role = vault.appRole("app", {
      token_policies: ["read", "own"],
      token_ttl: "1h",
      token_no_default_policy: true,
    });
    const store = secrets({ appRole: { roleId: role.roleId, secretId: role.secretId() } });
    await textOf(store, "prod/db");
    await clock.advance(41 * 60_000);
    await textOf(store, "prod/db");
    await settled();
    await store.close();
    const token = vault.token({ policies: ["read", "own"], noDefaultPolicy: true });
    const given = secrets({ token });
    await textOf(given, "prod/db");
    await settled();
    const ok = (path: RegExp) => vault.calls.list(path).every(({ status }) => status === 200 || status === 204);
    return [ok(/lookup-self/), ok(/renew-self/), ok(/revoke-self/)];
  }

  it("of its own token suffice", async () => {
    expect(await lifeWith(ownToken)).toEqual([true, true, true]);
  });

  it.each(withoutEach([ownToken]))("without %s its token loses something", async (_, [policy = ""]) => {
    expect(await lifeWith(policy)).toContain(false);
  });
});
