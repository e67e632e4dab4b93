import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltCopy } from "./built-copy.js";

const sdk = "@aws-sdk/client-secrets-manager";
const formats = ["esm", "cjs"] as const;

let absent: BuiltCopy;
let present: BuiltCopy;
beforeAll(async () => {
  absent = new BuiltCopy();
  present = new BuiltCopy();
  await Promise.all([absent.build(), present.build()]);
  // It says when it is loaded, and is as much of the SDK as a read needs.
  present.install(
    sdk,
    `globalThis.loaded = (globalThis.loaded ?? 0) + 1;
     export class GetSecretValueCommand { constructor(input) { this.input = input; } }
     export class SecretsManagerClient {
       config = { region: async () => "eu-central-1" };
       send = async ({ input }) => ({ Name: input.SecretId, SecretString: "x", VersionId: "v" });
       destroy() {}
     }`,
  );
}, 60_000);
afterAll(() => {
  absent.remove();
  present.remove();
});

describe.each(formats)("the %s build", (format) => {
  it("without the SDK says how to install it, at the first call and not before", async () => {
    const told = await absent.run(
      `const secrets = createSecrets({ provider: awsSecretsManager({ region: "eu-central-1" }) });
       const failures = [];
       for (const call of [() => secrets.get("a"), () => secrets.put("a", "x"), () => secrets.list()[Symbol.asyncIterator]().next()]) {
         await call().catch(({ code, hint }) => failures.push({ code, hint }));
       }
       const verdicts = await secrets.getMany(["a", "b"]);
       for (const { code, hint } of verdicts.values()) failures.push({ code, hint });
       await secrets.close();
       print(failures);`,
      { format },
    );
    const failure = { code: "ERR_SECRETS_PROVIDER_NOT_INSTALLED", hint: `Install it with: npm install ${sdk}` };
    expect(told).toEqual(Array.from({ length: 5 }, () => failure));
  });

  it("imports the SDK with the first call, once, and not before", async () => {
    const told = await present.run(
      `const loaded = () => globalThis.loaded ?? 0;
       const counts = [loaded()];
       const plugged = awsPlugin.provider({ AWS_REGION: "eu-central-1" });
       const secrets = createSecrets({ provider: awsSecretsManager() });
       awsSecretChanges("{}");
       await Promise.resolve();
       counts.push(loaded());
       await Promise.all([secrets.get("a"), secrets.get("b@previous"), secrets.get("c@pending")]);
       counts.push(loaded());
       print(counts);`,
      { format },
    );
    expect(told).toEqual([0, 0, 1]);
  });
});

it.each([
  ["throws while it loads", "throw new Error('broken');"],
  ["lacks a package of its own", 'import "@smithy/core";'],
])("an SDK that %s is not told as missing", async (_, main) => {
  const copy = new BuiltCopy();
  try {
    await copy.build();
    copy.install(sdk, main);
    const code = await copy.run(
      `const secrets = createSecrets({ provider: awsSecretsManager({ region: "eu-central-1" }) });
       print(await secrets.get("a").catch(({ code }) => code));`,
    );
    expect(code).toBe("ERR_SECRETS_UNKNOWN");
  } finally {
    copy.remove();
  }
});
