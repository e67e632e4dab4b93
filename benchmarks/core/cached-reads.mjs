import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import { compared } from "../lib/compared.mjs";

const name = "DB_PASSWORD";
const stored = { [name]: "example-value", app: JSON.stringify({ password: "example-value" }) };

/** `get` of what is cached, in each of its ways, beside an awaited read of a Map. */
export async function measure() {
  const provider = counted(memoryProvider(stored));
  const secrets = createSecrets({ provider });
  let events = 0;
  const onEvent = () => {
    events += 1;
  };
  const heard = createSecrets({ provider, onEvent });
  const secret = await secrets.get(name);
  const member = await secrets.get("app#password");
  const heardSecret = await heard.get(name);
  const map = new Map([[name, secret]]);
  const fromMap = async (/** @type {string} */ key) => map.get(key);
  const fromAwaitedMap = async (/** @type {string} */ key) => await map.get(key);
  const callsBefore = provider.calls();

  const timings = await compared(
    [
      {
        name: "a Map, returned from an async function",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await fromMap(name)) === secret) right += 1;
          return right;
        },
      },
      {
        name: "a Map, awaited in an async function",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await fromAwaitedMap(name)) === secret) right += 1;
          return right;
        },
      },
      {
        name: '`get("NAME")`',
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await secrets.get(name)) === secret) right += 1;
          return right;
        },
      },
      {
        name: '`get("NAME#key")`',
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await secrets.get("app#password")) === member) right += 1;
          return right;
        },
      },
      {
        name: "`get({ name })`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await secrets.get({ name })) === secret) right += 1;
          return right;
        },
      },
      {
        name: "`get({ name, key })`",
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1)
            if ((await secrets.get({ name: "app", key: "password" })) === member) right += 1;
          return right;
        },
      },
      {
        name: '`getOptional("NAME")`',
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await secrets.getOptional(name)) === secret) right += 1;
          return right;
        },
      },
      {
        name: '`get("NAME")` with `onEvent`',
        async run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if ((await heard.get(name)) === heardSecret) right += 1;
          return right;
        },
      },
    ],
    { rounds: 101 },
  );
  if (provider.calls() !== callsBefore) throw new Error("a read that should be cached asked the store");
  if (events === 0) throw new Error("the listener heard nothing");
  await Promise.all([secrets.close(), heard.close()]);
  return timings;
}

/** @param {import("@qarion/secrets-core").MemoryProvider} memory */
function counted(memory) {
  let calls = 0;
  return {
    name: memory.name,
    capabilities: memory.capabilities,
    /** @type {typeof memory.get} */
    get(ref, context) {
      calls += 1;
      return memory.get(ref, context);
    },
    calls: () => calls,
  };
}
