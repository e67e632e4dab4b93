import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { noteEngine } from "@qarion-testing/support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMoto, type MotoServer, startAwsServer, startMoto } from "../../src/aws/index.js";
import { comparable } from "./comparable.js";
import { motoDiffers } from "./moto-differs.js";
import { type Scene, scenes } from "./shared-script.js";

interface Outcome {
  readonly answer: unknown;
  readonly status: number | undefined;
}
type Outcomes = Map<string, Outcome>;

const found = findMoto();
const steps = scenes.flatMap((scene) => Object.keys(scene.steps).map((step) => `${scene.name}: ${step}`));

describe.skipIf(found === undefined)("the fake beside moto (skipped where no Python has moto's server)", () => {
  let moto: MotoServer;
  const here: Outcomes = new Map();
  const there: Outcomes = new Map();

  beforeAll(async () => {
    moto = await startMoto();
    noteEngine(`moto ${found?.moduleVersion}, an AWS Secrets Manager`);
    for (const scene of scenes) {
      await using fake = await startAwsServer({ region: moto.clientOptions.region });
      await moto.reset();
      await play(scene, fake.clientOptions, here);
      await play(scene, moto.clientOptions, there);
    }
  }, 60_000);
  afterAll(() => moto?.close());

  it.each(steps)("%s", (step) => {
    const differs = motoDiffers[step];
    const [ours, motos] = [here.get(step)?.answer, there.get(step)?.answer];
    if (differs === undefined) return expect(ours).toEqual(motos);
    expect(motos).toEqual(differs.moto);
    expect(ours).not.toEqual(differs.moto);
  });

  it("refusals are HTTP 400 here, as they are of the service, and of moto often 404", () => {
    expect(new Set([...here.values()].map(({ status }) => status))).toEqual(new Set([200, 400]));
    expect(there.get("reading: what is not there")).toMatchObject({ status: 404 });
  });

  it("no difference is listed for a step that there is not", () => {
    expect(Object.keys(motoDiffers).filter((step) => !steps.includes(step))).toEqual([]);
  });
});

async function play(scene: Scene, options: MotoServer["clientOptions"], outcomes: Outcomes): Promise<void> {
  const client = new SecretsManager({ ...options, maxAttempts: 1 });
  for (const [step, ask] of Object.entries(scene.steps)) {
    outcomes.set(`${scene.name}: ${step}`, await outcomeOf(ask(client)));
  }
  client.destroy();
}

async function outcomeOf(call: Promise<object>): Promise<Outcome> {
  try {
    // When a secret was last read, moto does not tell.
    const { $metadata: _, LastAccessedDate: __, ...answer } = (await call) as Record<string, unknown>;
    return { answer: comparable(answer), status: 200 };
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { answer: { refused: name }, status: $metadata?.httpStatusCode };
  }
}
