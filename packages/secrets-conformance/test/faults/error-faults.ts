import { type CallContext, type ProviderRef, SecretsError, type SecretsErrorCode } from "@qarion/secrets-core";
import { AcmeError } from "./acme-store.js";
import type { ProviderFault } from "./provider-fault.js";
import { SoundProvider } from "./sound-provider.js";

const printer = globalThis.console;
const denied = "errors: denied is ERR_SECRETS_ACCESS_DENIED";
const throttled = "errors: throttled is ERR_SECRETS_THROTTLED";
const unavailable = "errors: unavailable is ERR_SECRETS_UNAVAILABLE";
const unauthenticated = "errors: unauthenticated is ERR_SECRETS_UNAUTHENTICATED";

/** Classifies as the sound provider does, but for one name. */
function misclassified(name: string, code: SecretsErrorCode | undefined): ProviderFault["make"] {
  return (store) =>
    new (class extends SoundProvider {
      override classifyError(raw: unknown) {
        return raw instanceof Error && raw.name === name ? code : super.classifyError(raw);
      }
    })(store);
}

export const errorFaults: readonly ProviderFault[] = [
  {
    // unstorage's azure-key-vault driver, airflow#66575, chamber#104: denied looks missing, and a weaker source answers.
    fault: "denied is reported as missing",
    caughtBy: [denied],
    make: misclassified("AccessDeniedException", "ERR_SECRETS_NOT_FOUND"),
  },
  {
    // Go CDK runtimevar maps Throttling to Unknown; the AWS agent counts no HTTP 400 as transient.
    fault: "throttling is not known",
    caughtBy: [throttled],
    make: misclassified("ThrottlingException", undefined),
  },
  {
    // ESO#4065, Infisical#1609: an outage makes secrets vanish.
    fault: "an outage is reported as missing",
    caughtBy: [unavailable, "batch: an outage is told as one"],
    make: misclassified("InternalServiceError", "ERR_SECRETS_NOT_FOUND"),
  },
  {
    // Every 403 taken for one thing: an expired token of the service would end it instead of being an outage.
    fault: "the provider's own expired credentials are reported as denied",
    caughtBy: [unauthenticated],
    make: misclassified("ExpiredTokenException", "ERR_SECRETS_ACCESS_DENIED"),
  },
  {
    // Airflow's AWS backend: DecryptionFailure and every other surprise is "missing".
    fault: "whatever is not known is reported as missing",
    caughtBy: [
      "errors: classifyError leaves what it does not know to core",
      "abort: a call whose signal is aborted already ends at once",
      "abort: a call under way ends when its signal aborts",
    ],
    make: (store) =>
      new (class extends SoundProvider {
        override classifyError(raw: unknown): SecretsErrorCode {
          return super.classifyError(raw) ?? "ERR_SECRETS_NOT_FOUND";
        }
      })(store),
  },
  {
    // Classifiers that read `error.$metadata.httpStatusCode` of what has no $metadata.
    fault: "classifyError itself throws",
    caughtBy: ["errors: classifyError leaves what it does not know to core"],
    make: (store) =>
      new (class extends SoundProvider {
        override classifyError(raw: unknown) {
          const { httpStatusCode } = (raw as AcmeError).$metadata;
          return httpStatusCode === 404 ? "ERR_SECRETS_NOT_FOUND" : super.classifyError(raw);
        }
      })(store),
  },
  {
    // Clients that return "" or null for what is not there.
    fault: "a missing secret is an empty string",
    caughtBy: [
      "not found: a missing secret is ERR_SECRETS_NOT_FOUND",
      "not found: it is not remembered",
      "names: those of Object.prototype are names like any other",
      "names: none climbs to another secret",
      "version: an unknown one is not answered",
      "stages: an absent one is not found, and never the current value",
      "describe: a missing secret is ERR_SECRETS_NOT_FOUND",
      "promote: pending becomes current, and current previous",
    ],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          try {
            return await super.get(ref, context);
          } catch (error) {
            if (error instanceof AcmeError && error.name === "ResourceNotFoundException") return { value: "" };
            throw error;
          }
        }
      })(store),
  },
  {
    // middy#660: an error is cached, and what was created since stays missing.
    fault: "a missing secret stays missing",
    caughtBy: ["not found: it is not remembered"],
    make: (store) =>
      new (class extends SoundProvider {
        readonly #missing = new Set<string>();
        override async get(ref: ProviderRef, context: CallContext) {
          const key = JSON.stringify(ref);
          try {
            if (this.#missing.has(key)) throw new AcmeError("ResourceNotFoundException", 404, "");
            return await super.get(ref, context);
          } catch (error) {
            if (error instanceof AcmeError && error.name === "ResourceNotFoundException") this.#missing.add(key);
            throw error;
          }
        }
      })(store),
  },
  {
    // middy#660 again: a failed connection is kept, and every later call fails with its error.
    fault: "the first outage is for ever",
    caughtBy: ["errors: none outlives its cause"],
    make: (store) =>
      new (class extends SoundProvider {
        #outage: unknown;
        override async get(ref: ProviderRef, context: CallContext) {
          if (this.#outage) throw this.#outage;
          try {
            return await super.get(ref, context);
          } catch (error) {
            if (error instanceof AcmeError && error.name === "InternalServiceError") this.#outage = error;
            throw error;
          }
        }
      })(store),
  },
  {
    // The raw error of a client, which holds its headers, repeated for the user.
    fault: "the hint quotes the client's error with its headers",
    caughtBy: ["leaks: no error shows a value"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          try {
            return await super.get(ref, context);
          } catch (error) {
            const code = this.classifyError(error);
            if (code) throw new SecretsError(code, { hint: JSON.stringify(error), secretName: ref.name });
            throw error;
          }
        }
      })(store),
  },
  {
    // The same, as a cause that goes around the constructor's allow-list.
    fault: "the cause is the client's raw error",
    caughtBy: ["leaks: no error shows a value"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          try {
            return await super.get(ref, context);
          } catch (error) {
            const code = this.classifyError(error);
            if (code) throw Object.assign(new SecretsError(code), { cause: error });
            throw error;
          }
        }
      })(store),
  },
  {
    // An "audit trail" that shows the first characters of what was found instead.
    fault: "an error of an unknown version shows a part of the current value",
    caughtBy: ["leaks: no error shows a value"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          if (ref.version === undefined) return super.get(ref, context);
          try {
            return await super.get(ref, context);
          } catch (error) {
            const { value } = await super.get({ ...ref, version: undefined } as never, context);
            const hint = `The current value begins with ${value.slice(0, 12)}.`;
            throw new SecretsError(this.classifyError(error) ?? "ERR_SECRETS_UNKNOWN", { hint });
          }
        }
      })(store),
  },
  {
    // dotenv#903 and every `console.debug(response)` that was forgotten.
    fault: "the answer is printed to the console",
    caughtBy: ["leaks: nothing that is printed shows a value"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          if (ref.name.endsWith("_canary")) printer.debug("acme: %s is %o", ref.name, answer);
          return answer;
        }
      })(store),
  },
  {
    fault: "the answer is printed to stderr, encoded in base64",
    caughtBy: ["leaks: nothing that is printed shows a value"],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const answer = await super.get(ref, context);
          if (ref.name.endsWith("_canary")) {
            process.stderr.write(`acme: ${Buffer.from(`${ref.name}:${answer.value}`).toString("base64")}\n`);
          }
          return answer;
        }
      })(store),
  },
];
