import { createHash } from "node:crypto";
import type { CallContext, ProviderRef, ProviderSecret, Stage, VersionInfo, WriteContext } from "@qarion/secrets-core";
import type { AcmeStore, Value } from "./acme-store.js";
import type { ProviderFault } from "./provider-fault.js";
import { SoundProvider, secretOf } from "./sound-provider.js";

const previous = "stages: previous is not the current value";
const pending = "stages: pending is not the current value";
const absent = "stages: an absent one is not found, and never the current value";
const replaced = "put: the value replaced becomes the previous one";
const swapped = "put: with ifVersion it writes only over that version, however many try at once";
const staged = "put: a pending value leaves the current one alone";
const promoted = "promote: pending becomes current, and current previous";

/** All reads by version id, told as one that `rename` makes of the store's. */
function versioned(rename: (secret: ProviderSecret) => string | undefined): (store: AcmeStore) => SoundProvider {
  const renamed = (secret: ProviderSecret): ProviderSecret => {
    const version = rename(secret);
    return { value: secret.value, ...(version === undefined ? {} : { version }) };
  };
  return (store) =>
    new (class extends SoundProvider {
      override readonly capabilities = { stages: true, versions: false };
      override readonly promote = undefined as never;
      override readonly put = undefined as never;
      override readonly getMany = undefined as never;
      override async get(ref: ProviderRef, context: CallContext) {
        return renamed(await super.get(ref, context));
      }
    })(store);
}

export const versionFaults: readonly ProviderFault[] = [
  {
    // A literal "latest" told as the id of whatever is current.
    fault: "the version is always the same",
    caughtBy: ["version: it moves with the value and stays with it"],
    make: versioned(() => "latest"),
  },
  {
    fault: "the version is another one at each read",
    caughtBy: ["version: it moves with the value and stays with it", "describe: it agrees with get"],
    make: versioned(() => `${process.hrtime.bigint()}`),
  },
  {
    // Content hashes as ETags: whoever sees one can test guesses.
    fault: "the version is a digest of the value",
    caughtBy: ["version: it is not derived from the value"],
    make: versioned(({ value }) => createHash("sha256").update(value).digest("hex").slice(0, 16)),
  },
  {
    // With a salt it cannot be guessed, and still tells which values are equal.
    fault: "the version is a salted digest of the value",
    caughtBy: ["version: it is not derived from the value"],
    make: versioned(({ value }) => createHash("sha256").update("a salt of its own").update(value).digest("hex")),
  },
  {
    // Powertools: the cache key is [name, transform], so AWSPREVIOUS is answered with the cached AWSCURRENT.
    fault: "what was read last under a name answers for every stage of it",
    caughtBy: [previous, pending, absent, staged, promoted, replaced],
    make: (store) =>
      new (class extends SoundProvider {
        readonly #stages = new Map<string, Stage>();
        override get(ref: ProviderRef, context: CallContext) {
          const stage = this.#stages.get(ref.name) ?? ref.stage;
          this.#stages.set(ref.name, stage);
          return super.get({ ...ref, stage }, context);
        }
      })(store),
  },
  {
    // `capabilities.stages: true` over a client call that takes no stage.
    fault: "it claims stages and always answers with the current value",
    caughtBy: [previous, pending, absent, replaced, staged, promoted],
    make: (store) =>
      new (class extends SoundProvider {
        override get(ref: ProviderRef, context: CallContext) {
          return super.get({ ...ref, stage: "current" }, context);
        }
      })(store),
  },
  {
    // GCP wrappers without `latest`'s neighbour: a missing previous version falls back to the current one.
    fault: "an absent stage falls back to the current value",
    caughtBy: [absent, promoted],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          try {
            return await super.get(ref, context);
          } catch (error) {
            if (ref.stage === "current" || (error as Error).name !== "ResourceNotFoundException") throw error;
            return super.get({ ...ref, stage: "current" }, context);
          }
        }
      })(store),
  },
  {
    // moto#8403 and clients that ask for the newest version: a pending value is handed out as the current one.
    fault: "the newest version answers for the current one, pending or not",
    caughtBy: [pending, staged],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          if (ref.stage === "current" && ref.version === undefined) {
            const newest = await super.get({ ...ref, stage: "pending" }, context).catch(() => undefined);
            if (newest) return newest;
          }
          return super.get(ref, context);
        }
      })(store),
  },
  {
    fault: "an unknown version is answered with the current value",
    caughtBy: ["version: an unknown one is not answered"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          try {
            return await super.get(ref, context);
          } catch (error) {
            if (ref.version === undefined || (error as Error).name !== "ResourceNotFoundException") throw error;
            return super.get({ name: ref.name, stage: "current" }, context);
          }
        }
      })(store),
  },
  {
    // `capabilities.versions: true`, and the id is never passed on.
    fault: "it claims versions and ignores the id",
    caughtBy: ["version: a version can be read by its id", "version: an unknown one is not answered"],
    make: (store) =>
      new (class extends SoundProvider {
        override get({ name, stage }: ProviderRef, context: CallContext) {
          return super.get({ name, stage }, context);
        }
      })(store),
  },
  {
    // A provider that says less than it does keeps rotation from being noticed.
    fault: "it says that it has no stages, and has them",
    caughtBy: ["capabilities: they tell the truth"],
    make: (store) =>
      new (class extends SoundProvider {
        override readonly capabilities = { stages: false, versions: true };
      })(store),
  },
  {
    fault: "its capabilities are not booleans",
    caughtBy: ["capabilities: they tell the truth"],
    make: (store) =>
      new (class extends SoundProvider {
        override readonly capabilities = { stages: true, versions: true, durable: "yes" as never };
      })(store),
  },
  {
    // caching-python revalidates by DescribeSecret; a description of another stage would say "unchanged" for ever.
    fault: "describe tells the first version it ever saw",
    caughtBy: ["describe: it agrees with get"],
    make: (store) =>
      new (class extends SoundProvider {
        readonly #first = new Map<string, VersionInfo>();
        override async describe(ref: ProviderRef, context: CallContext) {
          const info = await super.describe(ref, context);
          const first = this.#first.get(ref.name) ?? info;
          this.#first.set(ref.name, first);
          return first;
        }
      })(store),
  },
  {
    fault: "describe answers an empty description for what is missing",
    caughtBy: ["describe: a missing secret is ERR_SECRETS_NOT_FOUND"],
    make: (store) =>
      new (class extends SoundProvider {
        override async describe(ref: ProviderRef, context: CallContext) {
          try {
            return await super.describe(ref, context);
          } catch (error) {
            if ((error as Error).name === "ResourceNotFoundException") return {};
            throw error;
          }
        }
      })(store),
  },
  {
    // A create-or-update that knows one slot: staging a key puts it to use.
    fault: "put makes a pending value current",
    caughtBy: [staged],
    make: (store) =>
      new (class extends SoundProvider {
        override put(ref: ProviderRef, value: Value, context: WriteContext) {
          return super.put({ ...ref, stage: "current" }, value, context);
        }
      })(store),
  },
  {
    // A parameter that was added later, to a provider that does not know it.
    fault: "put ignores ifVersion",
    caughtBy: [swapped],
    make: (store) =>
      new (class extends SoundProvider {
        override put(ref: ProviderRef, value: Value, { signal }: WriteContext) {
          return super.put(ref, value, { signal });
        }
      })(store),
  },
  {
    fault: "put looks whether ifVersion is current, and then writes",
    caughtBy: [swapped],
    make: (store) =>
      new (class extends SoundProvider {
        override async put(ref: ProviderRef, value: Value, { signal, ifVersion }: WriteContext) {
          const current = ifVersion === undefined ? undefined : await this.describe(ref, { signal });
          if (current?.version !== ifVersion) throw Object.assign(new Error("conflict"), { name: "ConflictException" });
          return super.put(ref, value, { signal });
        }
      })(store),
  },
  {
    // Overwriting in place: the old value is gone while others still use it.
    fault: "put overwrites, and nothing is previous",
    caughtBy: [replaced, swapped],
    make: (store) =>
      new (class extends SoundProvider {
        override async put({ name, stage }: ProviderRef, value: Value) {
          this.mustBeOpen();
          const { version } = secretOf(this.store.write(name, value, stage));
          return version === undefined ? {} : { version };
        }
      })(store),
  },
  {
    fault: "put trims what it writes",
    caughtBy: ["put: what is written is read, under the version that was told"],
    make: (store) =>
      new (class extends SoundProvider {
        override put(ref: ProviderRef, value: Value, context: WriteContext) {
          return super.put(ref, typeof value === "string" ? value.trim() : value, context);
        }
      })(store),
  },
  {
    // finishSecret with a wrong token: the current stage is taken away before the new one is checked.
    fault: "promote of an unknown version does nothing and says nothing",
    caughtBy: ["promote: an unknown version is refused and nothing moves"],
    make: (store) =>
      new (class extends SoundProvider {
        override async promote(name: string, version: string, context: CallContext) {
          await super.promote(name, version, context).catch((error: Error) => {
            if (error.name !== "ResourceNotFoundException") throw error;
          });
        }
      })(store),
  },
  {
    fault: "promote makes the value current and forgets the one before",
    caughtBy: [promoted],
    make: (store) =>
      new (class extends SoundProvider {
        override async promote(name: string, version: string, { signal }: CallContext) {
          const { value } = await this.store.read(name, { versionId: version, signal });
          this.store.write(name, value, "current");
        }
      })(store),
  },
];
