import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { findPython, type Python } from "@qarion-testing/support";
import type { PolicyDocument } from "./iam-policy.js";
import type { AwsCredentials } from "./sigv4.js";

const START_TIMEOUT_MS = 30_000;
const REGION = "us-east-1";
const ANYONE: AwsCredentials = { accessKeyId: "AKIAANYONEANYONEANYO", secretAccessKey: "anyone" };
// It ends with the process that started it, however that one ends: then its standard input does too.
const PROGRAM = `
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main(["-H", "127.0.0.1", "-p", "0"])
`;
// Setting up a user must not be refused for lack of a user: CreateUser, PutUserPolicy, CreateAccessKey.
const CALLS_TO_ADD_A_USER = 3;

export interface MotoOptions {
  /**
   * Signatures are checked, and actions are allowed by the policies of `addUser` only. It looks at actions and not at
   * resources, so a policy for some secrets allows nothing; and what it denies it denies in XML with HTTP 403, which the
   * SDK takes for a broken answer. To see how a provider takes a denial, use the fake.
   */
  readonly enforceIam?: boolean;
}

/** Moto, an AWS that others wrote, in a process of its own on 127.0.0.1. */
export interface MotoServer {
  readonly endpoint: string;
  /** What `new SecretsManagerClient(…)` takes; with `enforceIam` the credentials of `addUser` belong in it. */
  readonly clientOptions: { readonly region: string; readonly endpoint: string; readonly credentials: AwsCredentials };
  /** Forgets every secret and user. */
  reset(): Promise<void>;
  /** Makes a user who may do what the policy allows. */
  addUser(name: string, policy: PolicyDocument): Promise<AwsCredentials>;
  close(): Promise<void>;
}

/** A Python that has moto's server; `undefined` where there is none. Its `moduleVersion` is that of moto. */
export function findMoto(): Python | undefined {
  return findPython("moto.server");
}

/** @throws Error when there is no moto here (`findMoto`), or when it does not start */
export async function startMoto({ enforceIam = false }: MotoOptions = {}): Promise<MotoServer> {
  const python = findMoto();
  if (python === undefined) throw new Error("no Python with moto's server is on the PATH");
  const child = spawn(python.executable, ["-c", PROGRAM], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { ...process.env, ...(enforceIam ? { INITIAL_NO_AUTH_ACTION_COUNT: "0" } : {}) },
  });
  const exited = once(child, "exit");
  const close = async () => {
    child.kill();
    await exited;
  };

  try {
    const endpoint = await announcedAddress(child);
    const post = (path: string, body = "") => fetch(`${endpoint}${path}`, { method: "POST", body });
    return {
      endpoint,
      clientOptions: { region: REGION, endpoint, credentials: ANYONE },
      reset: async () => void (await post("/moto-api/reset")),
      async addUser(name, policy) {
        if (enforceIam) await post("/moto-api/reset-auth", String(CALLS_TO_ADD_A_USER));
        await askIam(endpoint, { Action: "CreateUser", UserName: name });
        const document = JSON.stringify({ Version: "2012-10-17", ...policy });
        await askIam(endpoint, {
          Action: "PutUserPolicy",
          UserName: name,
          PolicyName: "test",
          PolicyDocument: document,
        });
        const key = await askIam(endpoint, { Action: "CreateAccessKey", UserName: name });
        return { accessKeyId: member(key, "AccessKeyId"), secretAccessKey: member(key, "SecretAccessKey") };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** It chooses a free port and says which on its standard error. */
async function announcedAddress(child: ChildProcess): Promise<string> {
  const { stderr } = child;
  if (stderr === null) throw new Error("moto was started without its standard error");
  const timer = setTimeout(() => child.kill(), START_TIMEOUT_MS);
  try {
    for await (const line of createInterface({ input: stderr })) {
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (address !== undefined) return address;
    }
    throw new Error("moto ended, or did not say its address in time");
  } finally {
    clearTimeout(timer);
    stderr.resume(); // what it logs from now on is read and dropped: a full pipe would block it
  }
}

/** IAM speaks another protocol than the SDK at hand, and moto looks at the name of the service alone. */
async function askIam(endpoint: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const scope = `${ANYONE.accessKeyId}/20260101/${REGION}/iam/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams({ Version: "2010-05-08", ...parameters }),
  });
  if (!response.ok) throw new Error(`moto's IAM answered ${parameters.Action} with HTTP ${response.status}`);
  return response.text();
}

function member(xml: string, name: string): string {
  const [, value] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml) ?? [];
  if (value === undefined) throw new Error(`moto's IAM answered without ${name}`);
  return value;
}
