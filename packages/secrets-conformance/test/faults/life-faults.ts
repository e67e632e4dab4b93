import { posix } from "node:path";
import { type CallContext, type ProviderRef, SecretsError } from "@qarion/secrets-core";
import type { ProviderFault } from "./provider-fault.js";
import { SoundProvider } from "./sound-provider.js";

const climbs = "names: none climbs to another secret";
const inherited = "names: those of Object.prototype are names like any other";
const underWay = "abort: a call under way ends when its signal aborts";
const already = "abort: a call whose signal is aborted already ends at once";
const namesOnly = "list: it yields names and nothing else";
const prefixed = "list: it honours the prefix";
const closed = "close: later calls are ERR_SECRETS_CLOSED";

/** Asks for another name than the one given. */
function renamed(rename: (name: string) => string): ProviderFault["make"] {
  return (store) =>
    new (class extends SoundProvider {
      override readonly getMany = undefined as never;
      override get(ref: ProviderRef, context: CallContext) {
        return super.get({ ...ref, name: rename(ref.name) }, context);
      }
    })(store);
}

/** Faults in names, lists, signals and the end of a provider's life. */
export const lifeFaults: readonly ProviderFault[] = [
  {
    // The usual path traversal: a name joined into a path, or a URL that the client normalises.
    fault: "`..` in a name climbs",
    caughtBy: [climbs],
    make: renamed((name) => posix.join("/", name).slice(1)),
  },
  {
    fault: "double slashes are merged",
    caughtBy: [climbs],
    make: renamed((name) => name.replace(/\/+/g, "/")),
  },
  {
    fault: "percent escapes in a name are decoded",
    caughtBy: [climbs],
    make: renamed((name) => (/%(?![0-9a-f]{2})/i.test(name) ? name : decodeURIComponent(name))),
  },
  {
    // C libraries and file systems end a name at NUL.
    fault: "a name ends at NUL",
    caughtBy: [climbs],
    make: renamed((name) => name.split("\0")[0] ?? ""),
  },
  {
    fault: "a name is trimmed",
    caughtBy: [climbs],
    make: renamed((name) => name.trim()),
  },
  {
    // fetch(`${base}/${name}`): the rest becomes a query or a fragment.
    fault: "a name ends at ? or #",
    caughtBy: [climbs],
    make: renamed((name) => name.split(/[?#]/)[0] ?? ""),
  },
  {
    // A lookup in a plain object: `constructor` is found, and is no secret.
    fault: "names are looked up in a plain object",
    caughtBy: [inherited],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          const known: Readonly<Record<string, unknown>> = {};
          const found = known[ref.name];
          return found === undefined ? super.get(ref, context) : { value: String(found) };
        }
      })(store),
  },
  {
    fault: "it ignores its signal",
    caughtBy: [underWay],
    make: (store) =>
      new (class extends SoundProvider {
        override get(ref: ProviderRef) {
          return super.get(ref, { signal: new AbortController().signal });
        }
      })(store),
  },
  {
    fault: "a batch ignores its signal",
    caughtBy: [underWay],
    make: (store) =>
      new (class extends SoundProvider {
        override getMany(refs: readonly ProviderRef[]) {
          return super.getMany(refs, { signal: new AbortController().signal });
        }
      })(store),
  },
  {
    // Clients that wrap whatever happens: a caller that gave up looks like an outage, and the stale value is served.
    fault: "an abort is reported as an outage",
    caughtBy: [already, underWay],
    make: (store) =>
      new (class extends SoundProvider {
        override async get(ref: ProviderRef, context: CallContext) {
          try {
            return await super.get(ref, context);
          } catch (error) {
            if (context.signal.aborted && !SecretsError.is(error)) throw new SecretsError("ERR_SECRETS_UNAVAILABLE");
            throw error;
          }
        }
      })(store),
  },
  {
    fault: "watch does not end",
    caughtBy: ["watch: it ends when its signal aborts"],
    make: (store) =>
      new (class extends SoundProvider {
        override async *watch(): AsyncIterable<{ readonly name?: string }> {
          await new Promise<never>(() => undefined);
          yield {};
        }
      })(store),
  },
  {
    // An internal deadline that says "unavailable": nobody learns that it was time that ran out.
    fault: "a deadline of its own is told as something else",
    caughtBy: ["deadline: a store that never answers is ERR_SECRETS_TIMEOUT"],
    make: (store) =>
      new (class extends SoundProvider {
        override get(ref: ProviderRef, context: CallContext) {
          const late = new Promise<never>((_, reject) => {
            const timer = setTimeout(() => reject(new SecretsError("ERR_SECRETS_UNKNOWN")), 120);
            timer.unref();
          });
          return Promise.race([super.get(ref, context), late]);
        }
      })(store),
  },
  {
    // A list made of get's answers.
    fault: "the list yields values",
    caughtBy: [namesOnly, prefixed],
    make: (store) =>
      new (class extends SoundProvider {
        override async *list(options: { readonly prefix?: string }, context: CallContext) {
          for await (const { name } of super.list(options, context)) {
            yield { name, ...(await this.get({ name, stage: "current" }, context)) };
          }
        }
      })(store),
  },
  {
    fault: "the list hides values in properties that are not enumerable",
    caughtBy: [namesOnly, prefixed],
    make: (store) =>
      new (class extends SoundProvider {
        override async *list(options: { readonly prefix?: string }, context: CallContext) {
          for await (const item of super.list(options, context)) {
            const { value } = await this.get({ ...item, stage: "current" }, context);
            yield Object.defineProperty(item, "raw", { value });
          }
        }
      })(store),
  },
  {
    fault: "the list does not honour its prefix",
    caughtBy: [prefixed],
    make: (store) =>
      new (class extends SoundProvider {
        override list(_: { readonly prefix?: string }, context: CallContext) {
          return super.list({}, context);
        }
      })(store),
  },
  {
    // keyv-like namespaces: the prefix is cut off, and get() finds nothing under what is left.
    fault: "the list cuts the prefix off",
    caughtBy: [namesOnly, prefixed],
    make: (store) =>
      new (class extends SoundProvider {
        override async *list({ prefix = "" }: { readonly prefix?: string }, context: CallContext) {
          for await (const { name } of super.list({ prefix }, context)) yield { name: name.slice(prefix.length) };
        }
      })(store),
  },
  {
    // The first page of a paged API.
    fault: "the list ends after its first page",
    caughtBy: [namesOnly],
    make: (store) =>
      new (class extends SoundProvider {
        override async *list(options: { readonly prefix?: string }, context: CallContext) {
          let left = 2;
          for await (const item of super.list(options, context)) {
            if (left === 0) return;
            left -= 1;
            yield item;
          }
        }
      })(store),
  },
  {
    fault: "closing a second time throws",
    caughtBy: ["close: it can be called twice"],
    make: (store) =>
      new (class extends SoundProvider {
        override async close() {
          this.mustBeOpen();
          await super.close();
        }
      })(store),
  },
  {
    fault: "it goes on answering after it was closed",
    caughtBy: [closed],
    make: (store) =>
      new (class extends SoundProvider {
        protected override mustBeOpen() {}
      })(store),
  },
  {
    // The client's own error of a closed connection: an outage, it seems, and the cache serves on.
    fault: "after it was closed it fails as in an outage",
    caughtBy: [closed],
    make: (store) =>
      new (class extends SoundProvider {
        protected override mustBeOpen() {
          if (this.closed) throw Object.assign(new Error("socket is closed"), { code: "ECONNRESET" });
        }
      })(store),
  },
];
