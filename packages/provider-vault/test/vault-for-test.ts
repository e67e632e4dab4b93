import {
  type CreateSecretsOptions,
  createSecrets,
  type SecretProvider,
  type Secrets,
  SecretsError,
} from "@qarion/secrets-core";
import { startVaultServer, type VaultServer, type VaultServerOptions } from "@qarion-testing/fakes/vault";
import { type FakeClock, fakeClock } from "@qarion-testing/support";
import { expect, onTestFinished, vi } from "vitest";
import { type VaultKvOptions, vaultKv } from "../src/index.js";

export interface VaultForTest {
  readonly vault: VaultServer;
  /** Of the server and of the provider alike. */
  readonly clock: FakeClock;
  /** With the root token, unless other credentials are given. */
  provider(options?: Partial<VaultKvOptions>): SecretProvider;
  /** The token of the call that was made last. */
  lastToken(): string;
  /** Nothing goes on beside the calls any more: each login or renewal has a deadline that sleeps. */
  settled(): Promise<void>;
  /** Without a cache. */
  secrets(options?: Partial<VaultKvOptions>, core?: Partial<CreateSecretsOptions>): Secrets;
}

/** A server for one test; it and all that was made of it is closed at the test's end. */
export async function vaultForTest(options: VaultServerOptions = {}): Promise<VaultForTest> {
  const clock = fakeClock();
  const vault = await startVaultServer({ now: clock.now, ...options });
  onTestFinished(() => vault.close());
  let token = "";
  const recording: typeof fetch = (url, init) => {
    token = new Headers(init?.headers).get("X-Vault-Token") ?? token;
    return fetch(url, init);
  };
  const provider = (of: Partial<VaultKvOptions> = {}) => {
    const isLogin = of.appRole !== undefined || of.kubernetes !== undefined;
    const made = vaultKv({
      address: vault.address,
      clock,
      fetch: recording,
      ...(isLogin ? {} : { token: vault.rootToken }),
      ...of,
    });
    onTestFinished(async () => {
      vault.faults.clear(); // else the end of the token would be waited for
      await made.close?.();
    });
    return made;
  };
  return {
    vault,
    clock,
    provider,
    lastToken: () => token,
    settled: () => vi.waitFor(() => expect(clock.sleepers()).toEqual([]), { timeout: 10_000, interval: 1 }),
    secrets: (of, core) => createSecrets({ provider: provider(of), cache: false, ...core }),
  };
}

export const readAll = 'path "secret/*" { capabilities = ["create", "read", "update", "list"] }';

/** The error that a call fails with; it must be a `SecretsError`. */
export async function errorOf(call: Promise<unknown>): Promise<SecretsError> {
  try {
    await call;
  } catch (error) {
    if (SecretsError.is(error)) return error;
    throw error;
  }
  throw new Error("The call did not fail.");
}

export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await errorOf(call)).code.replace("ERR_SECRETS_", "");
}

export async function namesOf(secrets: Secrets, prefix?: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of secrets.list(prefix === undefined ? {} : { prefix })) names.push(name);
  return names.sort();
}

export async function textOf(secrets: Secrets, ref: string): Promise<string> {
  return (await secrets.get(ref)).reveal() as string;
}
