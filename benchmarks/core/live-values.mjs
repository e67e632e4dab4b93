import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import { compared } from "../lib/compared.mjs";

const name = "DB_PASSWORD";
/** Many objects in turn, so that the compiler cannot read one of them once and for all. */
const objectCount = 64;

/** `live.current` beside a property of an object. */
export async function measure() {
  const secrets = createSecrets({ provider: memoryProvider({ [name]: "example-value" }) });
  const secret = await secrets.get(name);
  const objects = Array.from({ length: objectCount }, () => ({ current: secret }));
  const lives = await Promise.all(objects.map(() => secrets.live(name)));
  const derived = await Promise.all(lives.map((live) => live.derive((current) => current)));
  const timings = await compared(
    [
      {
        name: "a property of an object",
        run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if (objects[i % objectCount]?.current === secret) right += 1;
          return right;
        },
      },
      {
        name: "`live.current`",
        run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if (lives[i % objectCount]?.current === secret) right += 1;
          return right;
        },
      },
      {
        name: "`derived.current`",
        run(n) {
          let right = 0;
          for (let i = 0; i < n; i += 1) if (derived[i % objectCount]?.current === secret) right += 1;
          return right;
        },
      },
    ],
    { rounds: 101 },
  );
  await secrets.close();
  return timings;
}
