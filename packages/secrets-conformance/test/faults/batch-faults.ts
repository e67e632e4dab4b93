import type { CallContext, ProviderRef, ProviderSecret } from "@qarion/secrets-core";
import { AcmeError, type AcmeStore } from "./acme-store.js";
import type { ProviderFault } from "./provider-fault.js";
import { SoundProvider } from "./sound-provider.js";

type Answers = ReadonlyMap<ProviderRef, ProviderSecret | Error>;
type Batch = (refs: readonly ProviderRef[], context: CallContext, sound: SoundProvider["getMany"]) => Promise<Answers>;

const own = "batch: each reference gets its own answer, under the very object passed in";
const alone = "batch: one that fails does not fail the others";
const twice = "batch: a reference that stands there twice is answered twice";
const empty = "batch: an empty batch is empty";
const many = "batch: 45 references are all answered";
const outage = "batch: an outage is told as one";
const names = "names: those of Object.prototype are names like any other";
const previous = "stages: previous is not the current value";
const pending = "stages: pending is not the current value";

function batched(getMany: Batch): (store: AcmeStore) => SoundProvider {
  return (store) =>
    new (class extends SoundProvider {
      override getMany(refs: readonly ProviderRef[], context: CallContext) {
        return getMany(refs, context, (...batch) => super.getMany(...batch));
      }
    })(store);
}

export const batchFaults: readonly ProviderFault[] = [
  {
    // Dapr's bulk get: one missing secret fails all.
    fault: "one that fails fails the whole batch",
    caughtBy: [alone, names],
    make: batched(async (refs, context, sound) => {
      const answers = await sound(refs, context);
      for (const answer of answers.values()) if (answer instanceof Error) throw answer;
      return answers;
    }),
  },
  {
    // A Map keyed by what the client echoes back.
    fault: "the answers are keyed by copies of the references",
    caughtBy: [own, alone, twice, many, names, previous, pending, "get: 50 reads at once get their own answers"],
    make: batched(async (refs, context, sound) => {
      const answers = await sound(refs, context);
      return new Map([...answers].map(([ref, answer]) => [{ ...ref }, answer]));
    }),
  },
  {
    // A Map keyed by name inside: previous and current of one name share an answer (the Powertools cache key, batched).
    fault: "a batch is answered by name, without the stage",
    caughtBy: [previous, pending],
    make: batched(async (refs, context, sound) => {
      const answers = await sound(refs, context);
      const byName = new Map([...answers].map(([ref, answer]) => [ref.name, answer]));
      return new Map(refs.map((ref) => [ref, byName.get(ref.name) ?? new Error("none")]));
    }),
  },
  {
    // External Secrets drops the `Errors` of BatchGetSecretValue.
    fault: "what failed is left out of the batch",
    caughtBy: [alone, outage, names],
    make: batched(async (refs, context, sound) => {
      const answers = await sound(refs, context).catch((error: unknown) => {
        if (error instanceof AcmeError) return new Map<ProviderRef, ProviderSecret>();
        throw error;
      });
      return new Map([...answers].filter(([, answer]) => !(answer instanceof Error)));
    }),
  },
  {
    // A batch API that takes 20 at most, and a provider that asks for the first 20.
    fault: "only the first 20 are asked for",
    caughtBy: [many],
    make: batched((refs, context, sound) => sound(refs.slice(0, 20), context)),
  },
  {
    // An empty list is a ValidationException in several stores.
    fault: "an empty batch is sent to the store",
    caughtBy: [empty],
    make: (store) =>
      new (class extends SoundProvider {
        override async getMany(refs: readonly ProviderRef[], context: CallContext) {
          if (refs.length === 0) await this.store.readBatch([], 0, context.signal);
          return super.getMany(refs, context);
        }
      })(store),
  },
  {
    // Equal references are asked for once, and the second object gets nothing.
    fault: "of two equal references one is answered",
    caughtBy: [twice, previous, pending],
    make: batched((refs, context, sound) => {
      const once = new Map(refs.map((ref) => [JSON.stringify(ref), ref]));
      return sound([...once.values()], context);
    }),
  },
  {
    // Results zipped by position with a list that the store sorted.
    fault: "the answers are matched by position with a sorted list",
    caughtBy: [own, alone, many, previous, pending],
    make: batched(async (refs, context, sound) => {
      const sorted = [...refs].sort((a, b) => `${a.name}${a.stage}`.localeCompare(`${b.name}${b.stage}`));
      const answers = await sound(sorted, context);
      return new Map(refs.map((ref, index) => [ref, answers.get(sorted[index] ?? ref) ?? new Error("none")]));
    }),
  },
  {
    fault: "a batch turns an outage into missing secrets",
    caughtBy: [outage],
    make: batched(async (refs, context, sound) => {
      try {
        return await sound(refs, context);
      } catch (error) {
        if ((error as Error).name !== "InternalServiceError") throw error;
        const missing = Object.assign(new Error("none"), { name: "ResourceNotFoundException" });
        return new Map(refs.map((ref) => [ref, missing]));
      }
    }),
  },
];
