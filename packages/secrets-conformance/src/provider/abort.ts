import type { CallContext } from "@qarion/secrets-core";
import { nameAndCode } from "../error-facts.js";
import { holds, NotApplicable } from "../outcome.js";
import type { ProviderTrial } from "../provider-trial.js";
import { pause, within } from "../within.js";
import { test } from "./provider-test.js";

const startedMs = 50;
const endedMs = 1_000;
const deadlineMs = 200;

type Call = (context: CallContext) => Promise<unknown>;

/** Every way to read, as calls that can be aborted. */
function calls(trial: ProviderTrial, name: string): Readonly<Record<string, Call>> {
  const { provider } = trial;
  const ref = { name, stage: "current" } as const;
  return {
    "get()": (context) => provider.get(ref, context),
    ...(provider.getMany && { "getMany()": async (context) => provider.getMany?.([ref], context) }),
    ...(provider.describe && { "describe()": async (context) => provider.describe?.(ref, context) }),
    ...(provider.list && {
      "list()": async (context) => {
        for await (const _ of provider.list?.({}, context) ?? []) if (context.signal.aborted) return;
      },
    }),
  };
}

async function expectAborted(trial: ProviderTrial, what: string, error: unknown): Promise<void> {
  const code = await trial.codeOf(error);
  const right = code === "ERR_SECRETS_ABORTED" || code === "ERR_SECRETS_TIMEOUT";
  holds(right, `${what} ended by its signal is ${code} (${nameAndCode(error)})`);
}

/** Whether the call hangs; one that does is aborted and must end. */
async function hangs(trial: ProviderTrial, what: string, call: Call): Promise<boolean> {
  const caller = new AbortController();
  let over = false;
  const ended = (async () => call({ signal: caller.signal }))().then(() => undefined, asIs);
  ended.finally(() => {
    over = true;
  });
  await pause(startedMs);
  if (over) return false;
  caller.abort();
  const error = await within(endedMs, `${what} after its signal was aborted`, ended);
  if (error !== undefined) await expectAborted(trial, what, error);
  return true;
}

export const abortTests = {
  "abort: a call whose signal is aborted already ends at once": test(async (trial) => {
    const name = trial.name("aborted");
    await trial.seed(name, "a value");
    for (const [what, call] of Object.entries(calls(trial, name))) {
      const started = (async () => call({ signal: AbortSignal.abort() }))();
      // What asks nobody, such as a store in memory, may answer all the same.
      const error = await within(
        endedMs,
        `${what} with an aborted signal`,
        started.then(() => undefined, asIs),
      );
      if (error !== undefined) await expectAborted(trial, what, error);
    }
  }),

  "abort: a call under way ends when its signal aborts": test(
    async (trial) => {
      const name = trial.name("hanging");
      await trial.seed(name, "a value");
      await trial.fail("hang");
      const hung = Object.entries(calls(trial, name)).map(([what, call]) => hangs(trial, what, call));
      if (!(await Promise.all(hung)).includes(true))
        throw new NotApplicable('the harness\'s fail("hang") made no call hang');
    },
    ["hang"],
  ),

  "deadline: a store that never answers is ERR_SECRETS_TIMEOUT": test(
    async (trial) => {
      const name = trial.name("hanging");
      await trial.seed(name, "a value");
      await trial.fail("hang");
      const secrets = trial.core({ timeoutMs: deadlineMs });
      const asked = within(deadlineMs + endedMs, "core's get() of a store that hangs", secrets.get(name));
      const error = await asked.then(() => undefined, asIs);
      if (error === undefined) throw new NotApplicable('the harness\'s fail("hang") made no call hang');
      const code = await trial.codeOf(error);
      holds(code === "ERR_SECRETS_TIMEOUT", `a store that never answers is ${code}`);
    },
    ["hang"],
  ),

  "watch: it ends when its signal aborts": test(
    async (trial) => {
      const caller = new AbortController();
      const watching = (async () => {
        for await (const _ of trial.provider.watch?.({ signal: caller.signal }) ?? [])
          if (caller.signal.aborted) return;
      })();
      const ended = watching.then(() => undefined, asIs);
      await pause(startedMs);
      caller.abort();
      const error = await within(endedMs, "watch() after its signal was aborted", ended);
      if (error !== undefined) await expectAborted(trial, "watch()", error);
    },
    ["watch"],
  ),
};

function asIs(error: unknown): unknown {
  return error ?? new Error("the call rejected with nothing");
}
