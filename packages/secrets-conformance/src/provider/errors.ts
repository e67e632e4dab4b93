import type { SecretsErrorCode } from "@qarion/secrets-core";
import { nameAndCode } from "../error-facts.js";
import { holds } from "../outcome.js";
import type { FailureMode } from "../provider-harness.js";
import { type ProviderTest, test } from "./provider-test.js";

type Refusal = Exclude<FailureMode, "hang">;
export const codeOfMode: Readonly<Record<Refusal, SecretsErrorCode>> = {
  denied: "ERR_SECRETS_ACCESS_DENIED",
  throttled: "ERR_SECRETS_THROTTLED",
  unavailable: "ERR_SECRETS_UNAVAILABLE",
  unauthenticated: "ERR_SECRETS_UNAUTHENTICATED",
};

/** Each way to read, of a secret that is there and of one that is not: nobody can know which while the store fails. */
function failsAs(mode: Refusal): ProviderTest {
  return test(
    async (trial) => {
      const name = trial.name("failing");
      await trial.seed(name, "a value");
      await trial.read(name);
      await trial.fail(mode);
      const codes = [codeOfMode[mode]];
      await trial.expectCode({ name, stage: "current" }, codes, `a secret while the store is ${mode}`);
      const { provider } = trial;
      if (provider.describe) {
        const ref = { name, stage: "current" } as const;
        await trial.expectFailure(codes, "describe()", () =>
          trial.call("describe()", async (context) => provider.describe?.(ref, context)),
        );
      }
    },
    [mode],
  );
}

/** What no classifier can know: nothing, text, and what any code may throw by mistake. */
const foreign: readonly unknown[] = [
  undefined,
  null,
  "text",
  0,
  {},
  [],
  Object.freeze(Object.create(null)),
  new Error("foreign"),
  new TypeError("foreign"),
  new SyntaxError("foreign"),
];

const unreadable: unknown = new Proxy(
  {},
  {
    get() {
      throw new Error("this property cannot be read");
    },
  },
);

/** Errors that core classifies by itself, with what a provider may say of them too. */
const known: readonly { readonly error: Error; readonly codes: readonly SecretsErrorCode[] }[] = [
  { error: withCode("ECONNREFUSED"), codes: ["ERR_SECRETS_UNAVAILABLE"] },
  { error: withCode("ENOTFOUND"), codes: ["ERR_SECRETS_UNAVAILABLE"] },
  { error: withCode("ETIMEDOUT"), codes: ["ERR_SECRETS_TIMEOUT", "ERR_SECRETS_UNAVAILABLE"] },
  { error: new DOMException("aborted", "AbortError"), codes: ["ERR_SECRETS_ABORTED"] },
  { error: new TypeError("fetch failed", { cause: withCode("ECONNRESET") }), codes: ["ERR_SECRETS_UNAVAILABLE"] },
];

function withCode(code: string): Error {
  return Object.assign(new Error("socket"), { code });
}

export const errorTests = {
  "errors: denied is ERR_SECRETS_ACCESS_DENIED": failsAs("denied"),
  "errors: throttled is ERR_SECRETS_THROTTLED": failsAs("throttled"),
  "errors: unavailable is ERR_SECRETS_UNAVAILABLE": failsAs("unavailable"),
  "errors: unauthenticated is ERR_SECRETS_UNAUTHENTICATED": failsAs("unauthenticated"),

  "errors: none outlives its cause": test(
    async (trial) => {
      const name = trial.name("recovering");
      await trial.seed(name, "a value");
      await trial.fail("unavailable");
      await trial.errorOf("get() while the store is out of service", () => trial.read(name));
      await trial.fail(undefined);
      await trial.expectValue(name, "a value", "the secret after the outage");
    },
    ["unavailable"],
  ),

  "errors: classifyError leaves what it does not know to core": test(async ({ provider }) => {
    const classify = (raw: unknown) => {
      try {
        return provider.classifyError?.(raw);
      } catch (error) {
        holds(false, `classifyError() itself failed with ${nameAndCode(error)}`);
      }
    };
    for (const raw of [...foreign, unreadable]) {
      const code = classify(raw);
      holds(code === undefined || code === "ERR_SECRETS_UNKNOWN", `a foreign error was classified as ${code}`);
    }
    for (const { error, codes } of known) {
      const code = classify(error);
      holds(code === undefined || codes.includes(code), `${nameAndCode(error)} was classified as ${code}`);
    }
  }),
};
