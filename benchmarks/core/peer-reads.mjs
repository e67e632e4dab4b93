import { clearCaches } from "@aws-lambda-powertools/parameters";
import { getSecret } from "@aws-lambda-powertools/parameters/secrets";
import { createSecrets } from "@qarion/secrets-core";
import { compared } from "../lib/compared.mjs";
import { secretsManagerProvider } from "./secrets-manager-provider.mjs";
import { startSecretsManager } from "./secrets-manager-server.mjs";

const name = "DB_PASSWORD";
const value = "example-value";
const stored = { [name]: value, app: JSON.stringify({ password: value, user: "app" }) };
/** In seconds. The peer keeps a value for 5 s unless told otherwise, and reads a variable of the environment to learn that. */
const maxAge = 3_600;

/** Both over the same client and the same endpoint, which stands in for AWS Secrets Manager on this machine. */
export async function measure() {
  const store = await startSecretsManager(stored);
  Object.assign(process.env, {
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: store.url,
    AWS_ACCESS_KEY_ID: "example",
    AWS_SECRET_ACCESS_KEY: "example",
  });
  try {
    return await besideThePeer(store);
  } finally {
    await store.close();
  }
}

/** @param {Awaited<ReturnType<typeof startSecretsManager>>} store */
async function besideThePeer(store) {
  const secrets = createSecrets({ provider: secretsManagerProvider() });
  await Promise.all([secrets.get(name), secrets.get("app"), getSecret(name, { maxAge })]);
  await getSecret("app", { maxAge, transform: "json" });
  const before = store.requests();
  const whole = await compared(
    [
      {
        name: "Powertools: `getSecret(name, { maxAge })`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await getSecret(name, { maxAge })) === value) right += 1;
          return right;
        },
      },
      {
        name: "Powertools: `getSecret(name)`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await getSecret(name)) === value) right += 1;
          return right;
        },
      },
      {
        name: "`(await secrets.get({ name })).reveal()`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await secrets.get({ name })).reveal() === value) right += 1;
          return right;
        },
      },
      {
        name: "`(await secrets.get(name)).reveal()`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await secrets.get(name)).reveal() === value) right += 1;
          return right;
        },
      },
    ],
    { rounds: 101 },
  );
  const member = await compared(
    [
      {
        name: 'Powertools: `getSecret("app", { maxAge, transform: "json" })`, then `.password`',
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) {
            const app = /** @type {{ password: string }} */ (await getSecret("app", { maxAge, transform: "json" }));
            if (app.password === value) right += 1;
          }
          return right;
        },
      },
      {
        name: '`(await secrets.get("app#password")).reveal()`',
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await secrets.get("app#password")).reveal() === value) right += 1;
          return right;
        },
      },
    ],
    { rounds: 101 },
  );
  if (store.requests() !== before) throw new Error("a read that should be cached asked the store");
  const uncached = await compared(
    [
      {
        name: "Powertools: `getSecret(name, { forceFetch: true })`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1)
            if ((await getSecret(name, { forceFetch: true, maxAge })) === value) right += 1;
          return right;
        },
      },
      {
        name: "`secrets.refresh(name)`, then `get`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) {
            await secrets.refresh(name);
            if ((await secrets.get(name)).reveal() === value) right += 1;
          }
          return right;
        },
      },
    ],
    { rounds: 41, runMs: 30 },
  );
  await secrets.close();
  return { whole, member, uncached, cold: await coldReads(store) };
}

/** @param {Awaited<ReturnType<typeof startSecretsManager>>} store */
async function coldReads(store) {
  const reads = 100;
  const requestsOf = async (/** @type {() => Promise<unknown>} */ read) => {
    const before = store.requests();
    await Promise.all(Array.from({ length: reads }, read));
    return store.requests() - before;
  };
  clearCaches();
  const theirs = await requestsOf(() => getSecret(name, { maxAge }));
  const secrets = createSecrets({ provider: secretsManagerProvider() });
  const ours = await requestsOf(() => secrets.get(name));
  await secrets.close();
  return { reads, theirs, ours };
}
