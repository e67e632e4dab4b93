import { createServer } from "node:net";
import { createSecrets, type Secrets } from "@qarion/secrets-core";
import { type VaultServer, vaultErrorAnswer } from "@qarion-testing/fakes/vault";
import { describe, expect, it } from "vitest";
import { type VaultKvOptions, vaultKv } from "../src/index.js";
import { table } from "./readme.js";
import { errorOf, vaultForTest } from "./vault-for-test.js";

type Ask = (store: Secrets) => Promise<unknown>;
type Setting = Partial<VaultKvOptions> & { readonly ask?: Ask };
type Case = (vault: VaultServer) => Setting | undefined | Promise<Setting>;

const answered =
  (status: number, ...errors: string[]): Case =>
  (vault) =>
    void vault.faults.add({ kind: "answer", answer: vaultErrorAnswer(status, ...errors) });
const page =
  (status: number): Case =>
  (vault) =>
    void vault.faults.add({ kind: "answer", answer: { status, headers: {}, body: "<html></html>" } });
const fails =
  (kind: "reset" | "truncate" | "garbage" | "hang" | "drip"): Case =>
  (vault) =>
    void vault.faults.add({ kind });
const set =
  (state: Partial<Pick<VaultServer, "role" | "sealed">>): Case =>
  (vault) =>
    void Object.assign(vault, state);
const put: Ask = (store) => store.put("db", "x");

/** What is in the README's table, by its first column, and how it comes about. Several cases may stand behind one row. */
const cases: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  "the secret or the version is not there": {
    secret: () => ({ ask: (store) => store.get("none") }),
    version: () => ({ ask: (store) => store.get("db@v=9") }),
  },
  "the version was deleted or destroyed": {
    deleted: (vault) => void vault.request("DELETE", "secret/data/db"),
    destroyed: (vault) => void vault.request("POST", "secret/destroy/db", { versions: [1] }),
  },
  "403 by a policy": { denied: (vault) => ({ token: vault.token({ policies: ["nothing"] }) }) },
  "403, the token is wrong, expired, revoked or used up": { wrong: () => ({ token: "hvs.wrong" }) },
  "a login that is refused, or has nothing to log in with": {
    "no method at the mount": () => ({ token: undefined, appRole: { roleId: "r", secretId: "s", mount: "nowhere" } }),
    "a wrong secret id": (vault) => ({
      token: undefined,
      appRole: { roleId: vault.appRole("a").roleId, secretId: "no" },
    }),
    "no file": () => ({ token: undefined, kubernetes: { role: "app", tokenFile: "/nowhere/token" } }),
  },
  "429": { quota: (vault) => void vault.limitRate({ requests: 0 }), "of a proxy": page(429) },
  "503: sealed or in maintenance": { sealed: set({ sealed: true }) },
  "any other 5xx": { 500: answered(500, "internal error"), 504: answered(504), 599: answered(599) },
  "3xx: a standby, or something that redirects": {
    standby: async (vault) => {
      const { address } = await vault.addNode("standby");
      return { address };
    },
    ...Object.fromEntries([301, 302, 303, 308].map((status) => [status, page(status)])),
  },
  "400: the mount is being upgraded, or the node is a secondary for disasters": {
    upgrading: (vault) => void vault.setUpgrading("secret", true),
    secondary: set({ role: "dr-secondary" }),
  },
  "412: a standby lags behind": {
    lagging: async (vault) => {
      const node = await vault.addNode("performance-standby");
      node.lagging = true;
      return { address: node.address, token: vault.token({ policies: ["root"] }) };
    },
  },
  "400: check-and-set failed, since somebody else wrote": {
    lost: (vault) => {
      answered(400, "check-and-set parameter did not match the current version")(vault);
      return { ask: put };
    },
  },
  "an answer that is not Vault's: a page of a proxy, half an answer": {
    ...Object.fromEntries([200, 400, 401, 403, 404, 502].map((status) => [status, page(status)])),
    garbage: fails("garbage"),
    truncated: fails("truncate"),
  },
  "no connection, a reset, a name that DNS does not know": {
    reset: fails("reset"),
    refused: async () => ({ address: `http://127.0.0.1:${await freePort()}` }),
    dns: () => ({ address: "http://vault.invalid" }),
  },
  "no answer in time, by `timeoutMs` of core": { hang: fails("hang"), drip: fails("drip") },
  "404: no KV engine of version 2 there, or no such namespace": {
    "no mount": () => ({ mount: "kv" }),
    "no namespace": answered(404, "namespace not found"),
  },
  "413, base64 that is none, a bundle that is no JSON object": {
    413: (vault) => {
      answered(413, "http: request body too large")(vault);
      return { ask: put };
    },
    base64: (vault) => void vault.put("db", { value: "?", encoding: "base64" }),
  },
  "a pending value; a write of the previous one": {
    read: () => ({ ask: (store) => store.get("db@pending") }),
    write: () => ({ ask: (store) => store.put("db@previous", "x") }),
  },
  "a name that starts with `/`": { absolute: () => ({ ask: (store) => store.get("/db") }) },
  "anything else that Vault refuses": { 400: answered(400, "who knows"), 405: answered(405) },
};

const rows = Object.entries(cases).flatMap(([row, of]) =>
  Object.entries(of).map(([name, arrange]) => ({ row: row.replaceAll("`", ""), name, arrange })),
);

describe("the table of errors in the README", () => {
  const documented = new Map(table("Errors").map(([row = "", code = ""]) => [row, code]));

  it("has a test for each row but those that have tests of their own", () => {
    const elsewhere = ["a certificate that is not trusted", "the caller's signal was aborted; the provider was closed"];
    expect([...documented.keys()].sort()).toEqual([...new Set(rows.map(({ row }) => row)), ...elsewhere].sort());
  });

  it.each(rows)("$row ($name)", async ({ row, arrange }) => {
    const { vault } = await vaultForTest();
    vault.put("db", { value: "pw" });
    const { ask = (store: Secrets) => store.getOptional("db"), ...options } = (await arrange(vault)) ?? {};
    const provider = vaultKv({ address: vault.address, token: vault.rootToken, ...options });
    const isSlow = row.startsWith("no answer in time");
    const store = createSecrets({ provider, cache: false, ...(isSlow ? { timeoutMs: 100 } : {}) });
    const refused = ask(store);
    const error = await errorOf(refused);
    expect(error.code).toBe(documented.get(row));
    expect(error).toMatchObject({ provider: "vault", hint: expect.stringMatching(/^.{10}/) });
    vault.faults.clear();
    await store.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
