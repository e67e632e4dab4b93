import type { CallContext, ProviderRef, ProviderSecret } from "@qarion/secrets-core";
import type { ProviderFault } from "./provider-fault.js";
import { SoundProvider } from "./sound-provider.js";

const own = (answer: ProviderSecret, value: string | Uint8Array): ProviderSecret => ({ ...answer, value });

/** Faults in what is handed out. A change to `get` alone leaves batches as they are, and so does a change to those. */
export const valueFaults: readonly ProviderFault[] = [
  {
    // Powertools `parameters`: `value || undefined`, so an empty secret is missing.
    fault: "an empty string counts as missing",
    caughtBy: ["get: an empty string is a value"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          if (!answer.value.length) throw Object.assign(new Error("empty"), { name: "ResourceNotFoundException" });
          return answer;
        }
      })(store),
  },
  {
    // Azure and GCP wrappers that call `toString()` on every payload.
    fault: "bytes are decoded as UTF-8",
    caughtBy: ["get: bytes come back as they were stored"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          return own(answer, Buffer.from(answer.value as string).toString("utf8"));
        }
      })(store),
  },
  {
    // portainer#3032: every trailing newline goes, not only the file's own.
    fault: "trailing newlines are trimmed until none is left",
    caughtBy: [
      "get: white space and line ends are part of the value",
      "put: what is written is read, under the version that was told",
    ],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          return typeof answer.value === "string" ? own(answer, answer.value.replace(/[\r\n]+$/, "")) : answer;
        }
      })(store),
  },
  {
    // A client that takes the first chunk of a stream for the whole.
    fault: "what is longer than 16 KiB is cut",
    caughtBy: ["get: 64 KiB come back whole"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          return own(answer, answer.value.slice(0, 16_384));
        }
      })(store),
  },
  {
    // Latin-1 where UTF-8 was meant, as `Buffer.toString("binary")`.
    fault: "text is decoded as Latin-1",
    caughtBy: ["get: any Unicode comes back as it was stored"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          return typeof answer.value === "string" ? own(answer, Buffer.from(answer.value).toString("latin1")) : answer;
        }
      })(store),
  },
  {
    // kubernetes-external-secrets#542, Powertools `transform: "json"`: V8 quotes the text in the error's message.
    fault: "what looks like JSON is parsed, and the parser's error quotes it",
    caughtBy: ["get: text comes back as it was stored", "leaks: no error shows a value"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          if (typeof answer.value === "string" && answer.value.startsWith("{")) JSON.parse(answer.value);
          return answer;
        }
      })(store),
  },
  {
    // spring-cloud-aws#377, dapr#9553: only a restart shows a rotation.
    fault: "the first value read is kept for ever",
    caughtBy: [
      "get: the next call sees a change",
      "version: it moves with the value and stays with it",
      "version: a version can be read by its id",
      "put: what is written is read, under the version that was told",
      "put: with ifVersion it writes only over that version, however many try at once",
      "promote: pending becomes current, and current previous",
      "errors: denied is ERR_SECRETS_ACCESS_DENIED",
      "errors: throttled is ERR_SECRETS_THROTTLED",
      "errors: unavailable is ERR_SECRETS_UNAVAILABLE",
      "errors: unauthenticated is ERR_SECRETS_UNAUTHENTICATED",
      "get: what is handed out is a copy",
      "close: later calls are ERR_SECRETS_CLOSED",
    ],
    make: (store) =>
      new (class extends SoundProvider {
        readonly #kept = new Map<string, ProviderSecret>();
        override async get(ref: ProviderRef, context: CallContext) {
          const key = JSON.stringify([ref.name, ref.stage, ref.version]);
          const kept = this.#kept.get(key) ?? (await super.get(ref, context));
          this.#kept.set(key, kept);
          return kept;
        }
      })(store),
  },
  {
    // A client that reuses its receive buffer, handed out as it is.
    fault: "the bytes handed out are the provider's own",
    caughtBy: ["get: what is handed out is a copy"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          const { value } = await this.store.read(ref.name, { stage: ref.stage, versionId: ref.version });
          return own(answer, value);
        }
      })(store),
  },
  {
    // Shared state between calls, as in clients that keep "the current request" in a field.
    fault: "the answer of a call is kept in a field",
    caughtBy: ["get: 50 reads at once get their own answers"],
    make: (store) =>
      new (class extends SoundProvider {
        #answer: ProviderSecret | undefined;
        override async get(ref: ProviderRef, context: CallContext) {
          this.#answer = await super.get(ref, context);
          await new Promise((resolve) => setImmediate(resolve));
          return this.#answer;
        }
      })(store),
  },
  {
    // dotenv-like readers that take quotes off whatever they read.
    fault: "quotes around a value are taken off",
    caughtBy: ["get: text comes back as it was stored"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          return typeof answer.value === "string" ? own(answer, answer.value.replace(/^"(.*)"$/, "$1")) : answer;
        }
      })(store),
  },
];
