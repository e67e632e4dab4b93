import { fakeClock } from "@qarion-testing/support";
import { describe, expect, it, vi } from "vitest";
import {
  createSecrets,
  type Live,
  memoryProvider,
  type Secret,
  SecretsError,
  type SecretsEvent,
} from "../src/index.js";
import { recordedStore } from "./recorded-store.js";
import { canary, rejection, shown } from "./shown.js";

const ttlMs = 60_000;

async function liveA(value = "1") {
  const store = recordedStore({ A: value });
  const clock = fakeClock();
  const events: SecretsEvent[] = [];
  const secrets = createSecrets({
    provider: store,
    clock,
    cache: { ttlMs, maxStaleMs: 10 * ttlMs },
    onEvent: (event) => events.push(event),
  });
  const live = await secrets.live("A");
  const rotate = async (value: string) => {
    store.memory.rotate("A", value);
    await secrets.refresh("A");
    await clock.advance(0);
  };
  return { store, clock, secrets, live, rotate, events };
}

/** A build whose ends are in the test's hands. */
function gatedBuild() {
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  let running = 0;
  let mostRunning = 0;
  const build = (secret: Secret) => {
    const value = secret.reveal();
    begun.push(value);
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    return new Promise<string>((resolve, reject) => {
      ends.push((error) => {
        running -= 1;
        if (error) reject(error);
        else resolve(`client of ${value}`);
      });
    });
  };
  return { build, begun, end: (index: number, error?: Error) => ends[index]?.(error), most: () => mostRunning };
}

describe("a listener of a live value", () => {
  it("is called once for each change, with the new value, and not for what it is already", async () => {
    const { live, rotate } = await liveA();
    const heard: string[] = [];
    live.onChange((next) => heard.push(next.reveal()));
    await rotate("2");
    await rotate("2"); // a new version of the same value
    await rotate("3");
    expect(heard).toEqual(["2", "3"]);
  });

  it("sees the new value as current already", async () => {
    const { live, rotate } = await liveA();
    let same = false;
    live.onChange((next) => {
      same = live.current === next;
    });
    await rotate("2");
    expect(same).toBe(true);
  });

  it("is called no more once it was ended, even if it was given twice", async () => {
    const { live, rotate } = await liveA();
    const listener = vi.fn();
    const endFirst = live.onChange(listener);
    live.onChange(listener);
    await rotate("2");
    expect(listener).toHaveBeenCalledTimes(2);
    endFirst();
    endFirst();
    await rotate("3");
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["is asynchronous and rejects", () => Promise.reject(new Error("no"))],
  ])("that %s harms neither the others nor the value, and is told as an event", async (_, listener) => {
    const { live, rotate, events } = await liveA();
    const heard: string[] = [];
    live.onChange(listener);
    live.onChange((next) => heard.push(next.reveal()));
    await rotate("2");
    expect(heard).toEqual(["2"]);
    expect(live.current.reveal()).toBe("2");
    expect(live.error).toBeUndefined();
    expect(events.filter(({ type }) => type === "listener_error")).toEqual([
      { type: "listener_error", name: "A", provider: "recorded" },
    ]);
  });

  it("may end itself, or close the live value, while it is called", async () => {
    const { live, rotate } = await liveA();
    const heard: string[] = [];
    const end = live.onChange((next) => {
      heard.push(next.reveal());
      end();
    });
    const closed = live.onChange(() => {
      closed();
      void live.close();
    });
    await rotate("2");
    await rotate("3");
    expect(heard).toEqual(["2"]);
  });
});

describe("a derived value", () => {
  it("is built from the current value, then from each new one, and the old one is disposed of after", async () => {
    const { live, rotate } = await liveA();
    const log: string[] = [];
    const derived: Live<string> = await live.derive(
      (secret) => {
        log.push(`build ${secret.reveal()}`);
        return secret.reveal();
      },
      (old) => log.push(`dispose ${old}, current ${derived.current}`),
    );
    expect(derived.current).toBe("1");
    await rotate("2");
    expect(derived.current).toBe("2");
    expect(log).toEqual(["build 1", "build 2", "dispose 1, current 2"]);
  });

  it("tells its own listeners, after the new one is in place and before the old one is gone", async () => {
    const { live, rotate } = await liveA();
    const log: string[] = [];
    const derived = await live.derive(
      (secret) => `client of ${secret.reveal()}`,
      (old) => log.push(`dispose ${old}`),
    );
    derived.onChange((next) => log.push(`change to ${next}, current ${derived.current}`));
    await rotate("2");
    expect(log).toEqual(["change to client of 2, current client of 2", "dispose client of 1"]);
  });

  it("rejects when its first build fails: there is nothing to keep", async () => {
    const { live, rotate } = await liveA();
    const failure = new Error("no database");
    const build = vi.fn(() => Promise.reject(failure));
    expect(await rejection(live.derive(build))).toBe(failure);
    await rotate("2");
    expect(build).toHaveBeenCalledTimes(1);
  });

  it("keeps the last good one when a later build fails, says so, and shows nothing of the failure", async () => {
    const value = canary();
    const { live, rotate } = await liveA("https://good.example");
    const disposed: unknown[] = [];
    const derived = await live.derive(
      (secret) => new URL(secret.reveal()),
      (old) => disposed.push(old),
    );
    const good = derived.current;
    await rotate(value);
    expect(derived.current).toBe(good);
    expect(derived.error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", cause: { code: "ERR_INVALID_URL" } });
    expect(shown(derived.error)).not.toContain(value);
    expect(disposed).toEqual([]);
    await rotate("https://better.example");
    expect(derived.current.href).toBe("https://better.example/");
    expect(derived.error).toBeUndefined();
    expect(disposed).toEqual([good]);
  });

  it("keeps a SecretsError that its build throws", async () => {
    const { live, rotate } = await liveA();
    const own = new SecretsError("ERR_SECRETS_UNSUPPORTED");
    const derived = await live.derive((secret) => {
      if (secret.reveal() === "2") throw own;
      return secret.reveal();
    });
    await rotate("2");
    expect(derived.error).toBe(own);
  });

  it("tells the error of its source too", async () => {
    const { live, store, secrets } = await liveA();
    const derived = await live.derive((secret) => secret.reveal());
    store.memory.fail("ERR_SECRETS_ACCESS_DENIED");
    await rejection(secrets.refresh("A"));
    expect(derived.error).toMatchObject({ code: "ERR_SECRETS_ACCESS_DENIED" });
    expect(derived.current).toBe("1");
  });

  it("builds one at a time, and of several changes meanwhile only the last", async () => {
    const { live, rotate, clock } = await liveA();
    const { build, begun, end, most } = gatedBuild();
    const deriving = live.derive(build);
    end(0);
    const derived = await deriving;
    await rotate("2");
    await rotate("3");
    await rotate("4");
    expect(begun).toEqual(["1", "2"]);
    end(1);
    await clock.advance(0);
    expect(begun).toEqual(["1", "2", "4"]);
    end(2);
    await clock.advance(0);
    expect(derived.current).toBe("client of 4");
    expect(most()).toBe(1);
  });

  it("does not miss a change during its first build", async () => {
    const { live, rotate, clock } = await liveA();
    const { build, begun, end } = gatedBuild();
    const deriving = live.derive(build);
    await rotate("2");
    end(0);
    const derived = await deriving;
    await clock.advance(0);
    expect(begun).toEqual(["1", "2"]);
    end(1);
    await clock.advance(0);
    expect(derived.current).toBe("client of 2");
  });

  it("does not build again for a refresh during its first build that changed nothing", async () => {
    const { live, rotate, clock } = await liveA();
    const { build, begun, end } = gatedBuild();
    const deriving = live.derive(build);
    await rotate("1");
    end(0);
    await deriving;
    await clock.advance(0);
    expect(begun).toEqual(["1"]);
  });

  it("waits for a build under way when it is asked to be ready", async () => {
    const { live, rotate, clock } = await liveA();
    const { build, end } = gatedBuild();
    const deriving = live.derive(build);
    end(0);
    const derived = await deriving;
    await rotate("2");
    let ready = false;
    void derived.ready().then(() => {
      ready = true;
    });
    await clock.advance(0);
    expect(ready).toBe(false);
    end(1);
    await clock.advance(0);
    expect([ready, derived.current]).toEqual([true, "client of 2"]);
  });

  it("is rebuilt before ready() returns, when its source is due", async () => {
    const { live, store, clock } = await liveA();
    const derived = await live.derive(async (secret) => `client of ${secret.reveal()}`);
    store.memory.rotate("A", "2");
    clock.freeze(ttlMs);
    await derived.ready();
    expect(derived.current).toBe("client of 2");
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
  ])("whose dispose %s is replaced all the same, and tells it as an event", async (_, dispose) => {
    const { live, rotate, events } = await liveA();
    const derived = await live.derive((secret) => secret.reveal(), dispose);
    await rotate("2");
    expect(derived.current).toBe("2");
    expect(derived.error).toBeUndefined();
    await derived.close();
    expect(events.filter(({ type }) => type === "listener_error")).toHaveLength(2);
  });

  describe("that is closed", () => {
    it("disposes of its value once, hears no more, and leaves its source alive", async () => {
      const { live, rotate } = await liveA();
      const disposed: string[] = [];
      const build = vi.fn((secret: Secret) => secret.reveal());
      const derived = await live.derive(build, (old) => disposed.push(old));
      const listener = vi.fn();
      derived.onChange(listener);
      await Promise.all([derived.close(), derived.close()]);
      await derived.close();
      await rotate("2");
      expect(disposed).toEqual(["1"]);
      expect(build).toHaveBeenCalledTimes(1);
      expect(listener).not.toHaveBeenCalled();
      expect(live.current.reveal()).toBe("2");
    });

    it("is closed for whoever closes it a second time only when its value is disposed of", async () => {
      const { live, clock } = await liveA();
      let disposed = () => {};
      const derived = await live.derive(
        (secret) => secret.reveal(),
        () =>
          new Promise<void>((resolve) => {
            disposed = resolve;
          }),
      );
      void derived.close();
      let closed = false;
      void derived.close().then(() => {
        closed = true;
      });
      await clock.advance(0);
      expect(closed).toBe(false);
      disposed();
      await clock.advance(0);
      expect(closed).toBe(true);
    });

    it("disposes of what a build under way still makes, and of the last good one", async () => {
      const { live, rotate, clock } = await liveA();
      const { build, end } = gatedBuild();
      const disposed: string[] = [];
      const deriving = live.derive(build, (old) => disposed.push(old));
      end(0);
      const derived = await deriving;
      await rotate("2");
      let closed = false;
      const closing = derived.close().then(() => {
        closed = true;
      });
      await clock.advance(0);
      expect(closed).toBe(false);
      end(1);
      await closing;
      expect(disposed.sort()).toEqual(["client of 1", "client of 2"]);
      expect(derived.current).toBe("client of 1");
    });
  });

  it("can itself be derived from, and each disposes of its own", async () => {
    const { live, rotate, clock } = await liveA();
    const disposed: string[] = [];
    const pool: Live<string> = await live.derive(
      (secret) => `pool of ${secret.reveal()}`,
      (old) => disposed.push(old),
    );
    const repository = await pool.derive(
      async (pool) => `repository of ${pool}`,
      (old) => disposed.push(old),
    );
    await rotate("2");
    await clock.advance(0);
    expect(repository.current).toBe("repository of pool of 2");
    expect(disposed.sort()).toEqual(["pool of 1", "repository of pool of 1"]);
  });
});

describe("a derived value, after trouble", () => {
  it("is built anew though an old one is never done with", async () => {
    const provider = memoryProvider({ A: "1" });
    const secrets = createSecrets({ provider });
    const live = await secrets.live("A");
    const derived = await live.derive(
      (secret) => secret.reveal(),
      () => new Promise(() => undefined),
    );
    for (const value of ["2", "3"]) {
      provider.rotate("A", value);
      await secrets.refresh("A");
      await derived.ready();
      expect(derived.current).toBe(value);
    }
    await secrets.close();
  });

  it("waits on close for what is still being disposed of", async () => {
    const provider = memoryProvider({ A: "1" });
    const secrets = createSecrets({ provider });
    let finish = () => {};
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const live = await secrets.live("A");
    const derived = await live.derive(
      (secret) => secret.reveal(),
      (old) => (old === "1" ? slow : undefined),
    );
    provider.rotate("A", "2");
    await secrets.refresh("A");
    await derived.ready();
    let closed = false;
    const closing = derived.close().then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    finish();
    await closing;
    await secrets.close();
  });

  it.each(["ready", "refresh"] as const)(
    "is tried again by %s, since what failed may have been the database",
    async (by) => {
      const provider = memoryProvider({ A: "1" });
      const secrets = createSecrets({ provider });
      const live = await secrets.live("A");
      let fails = false;
      const derived = await live.derive((secret) => {
        if (fails) throw new Error("no connection");
        return secret.reveal();
      });
      fails = true;
      provider.rotate("A", "2");
      await secrets.refresh("A");
      await derived.ready();
      expect(derived.current).toBe("1");
      expect(derived.error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
      fails = false;
      if (by === "refresh") await secrets.refresh("A");
      else await derived.ready();
      await vi.waitFor(() => expect(derived.current).toBe("2"));
      expect(derived.error).toBeUndefined();
      await secrets.close();
    },
  );
});
