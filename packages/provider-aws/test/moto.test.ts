import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { featuresOf, type ProviderHarness, providerConformance } from "@qarion/secrets-conformance";
import { findMoto, type MotoServer, startMoto } from "@qarion-testing/fakes/aws";
import { noteEngine } from "@qarion-testing/support";
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { awsSecretsManager } from "../src/index.js";
import { stagingLabel } from "../src/staging-label.js";
import { codeOf, namesOf, secretsOf, until, verdictsOf } from "./aws-setup.js";

// An AWS that others wrote: what the provider and this project's own fake both got wrong shows here.
const python = findMoto();
const moto: MotoServer | undefined = python && (await startMoto());
if (python) noteEngine(`moto ${python.moduleVersion}`);
afterAll(() => moto?.close());

function motoClient({ clientOptions }: MotoServer): SecretsManagerClient {
  return new SecretsManagerClient(clientOptions);
}

async function store(client: SecretsManagerClient, name: string, value: string | Uint8Array, label = "AWSCURRENT") {
  const content = typeof value === "string" ? { SecretString: value } : { SecretBinary: value };
  try {
    // What becomes the previous version is current until the next one is written.
    const stages = label === "AWSPREVIOUS" ? {} : { VersionStages: [label] };
    await client.send(new PutSecretValueCommand({ SecretId: name, ...content, ...stages }));
  } catch (error) {
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
    await client.send(new CreateSecretCommand({ Name: name, ...content }));
  }
}

function motoHarness(server: MotoServer): ProviderHarness {
  return {
    name: "awsSecretsManager over moto",
    async create() {
      const client = motoClient(server);
      const provider = awsSecretsManager({ clientOptions: { ...server.clientOptions, maxAttempts: 1 } });
      return {
        provider,
        seed: (name, value, { stage = "current" } = {}) => store(client, name, value, stagingLabel[stage]),
        async close() {
          await provider.close?.();
          client.destroy();
        },
      };
    },
    skip: {
      "get: an empty string is a value": "Secrets Manager takes no empty value",
    },
  };
}

const absent = python ? "" : " (skipped: no Python here has moto's server)";

if (moto) {
  const harness = motoHarness(moto);
  const features = await featuresOf(harness);
  for (const c of providerConformance({ ...harness, features })) (c.skipped ? it.skip : it)(c.name, () => c.run());
} else {
  it.skip(`the conformance kit over moto${absent}`, () => {});
}

describe.skipIf(!moto)(`moto${absent}`, () => {
  const server = moto as MotoServer;
  beforeEach(() => server.reset());

  function client(): SecretsManagerClient {
    const made = motoClient(server);
    onTestFinished(() => made.destroy());
    return made;
  }

  it("a batch of 45 comes whole, and a missing one is missing alone", async () => {
    const names = Array.from({ length: 45 }, (_, index) => `name/${index}`);
    for (const name of names) await store(client(), name, `value of ${name}`);
    expect(await verdictsOf(secretsOf(server), [...names, "none"])).toEqual({
      ...Object.fromEntries(names.map((name) => [name, `value of ${name}`])),
      none: "ERR_SECRETS_NOT_FOUND",
    });
  });

  it("a batch that one secret without a value fails as a whole costs the others nothing", async () => {
    await store(client(), "fine", "one");
    await client().send(new CreateSecretCommand({ Name: "empty" }));
    expect(await verdictsOf(secretsOf(server), ["fine", "empty"])).toEqual({
      fine: "one",
      empty: "ERR_SECRETS_NOT_FOUND",
    });
  });

  it("a secret is found by its name, its ARN and its ARN without the end", async () => {
    const { ARN = "" } = await client().send(new CreateSecretCommand({ Name: "db", SecretString: "one" }));
    await store(client(), "other", "two");
    const refs = ["db", ARN, ARN.slice(0, -7)];
    const secrets = secretsOf(server);
    for (const ref of refs) expect((await secrets.get(ref)).reveal()).toBe("one");
    expect(await verdictsOf(secrets, [...refs, "other"])).toEqual({
      ...Object.fromEntries(refs.map((ref) => [ref, "one"])),
      other: "two",
    });
  });

  it("a rotation made there reaches a live value", async () => {
    await store(client(), "db", "before");
    const secrets = secretsOf(server, {}, { cache: { ttlMs: 20 } });
    const live = await secrets.live("db");
    onTestFinished(() => live.close());
    const { VersionId } = await client().send(
      new PutSecretValueCommand({ SecretId: "db", SecretString: "after", VersionStages: ["AWSPENDING"] }),
    );
    expect((await secrets.get("db@pending")).reveal()).toBe("after");
    await client().send(
      new UpdateSecretVersionStageCommand({
        SecretId: "db",
        VersionStage: "AWSCURRENT",
        MoveToVersionId: VersionId,
        RemoveFromVersionId: live.current.version,
      }),
    );
    await until(() => live.current.reveal() === "after");
    expect((await secrets.get("db@previous")).reveal()).toBe("before");
  });

  it("members of a bundle are written and read", async () => {
    await store(client(), "app", JSON.stringify({ KEPT: "one" }));
    const secrets = secretsOf(server, { bundle: "app" });
    await secrets.put("ADDED", "two");
    expect(await verdictsOf(secrets, ["KEPT", "ADDED"])).toEqual({ KEPT: "one", ADDED: "two" });
  });

  it("a list of 250 names comes over its pages", { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 250 }, (_, index) => `name/${index}`);
    const seeding = client();
    for (const name of names) await store(seeding, name, "one");
    expect((await namesOf(secretsOf(server).list())).sort()).toEqual(names.sort());
    expect(await namesOf(secretsOf(server).list({ prefix: "name/24" }))).toHaveLength(11);
  });
});

describe.skipIf(!moto)(`moto that checks who asks${absent}`, () => {
  it("takes the provider's signatures, and lets an identity read that may read alone", async () => {
    const guarded = await startMoto({ enforceIam: true });
    onTestFinished(() => guarded.close());
    const all = { Effect: "Allow", Action: "secretsmanager:*", Resource: "*" } as const;
    const owner = await guarded.addUser("owner", { Statement: all });
    const reader = await guarded.addUser("reader", {
      Statement: { ...all, Action: ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"] },
    });
    const as = (credentials: typeof owner) => secretsOf({ clientOptions: { ...guarded.clientOptions, credentials } });
    await as(owner).put("a", "one");
    await as(owner).put("b", "two");
    expect(await verdictsOf(as(reader), ["a", "b"])).toEqual({ a: "one", b: "two" });
    // A denial comes in XML there, which AWS itself does not do in this protocol: it is no answer of the service.
    expect(await codeOf(as(reader).put("a", "x"))).toBe("ERR_SECRETS_UNAVAILABLE");
    expect((await as(owner).get("a")).reveal()).toBe("one");
  });
});
