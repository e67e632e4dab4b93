import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RotatingKeysOptions, usualRefs } from "../../src/keys/index.js";
import { clockedSecrets, contents, encryptsWith, openRotating } from "./rings.js";
import { type Answer, denied, outage, ScriptedStore } from "./scripted-store.js";

const named = { current: "CURRENT", previous: ["PREVIOUS"], pending: ["NEXT"] } as const;
const withCode = (code: string) => expect.objectContaining({ code });

describe("guessed slots", () => {
  const { pending, previous, rotatedAt } = usualRefs("KEY");
  const guessing: Partial<RotatingKeysOptions> = {
    previous: [],
    pending: [],
    guessed: { pending, previous },
    ...(rotatedAt === undefined ? {} : { rotatedAt }),
  };
  const guessed = ["KEY@pending", "KEY_NEXT", "KEY@previous", "KEY_PREVIOUS", "KEY_ROTATED_AT"];

  it("are read in the order of the rule, the time of rotation last", async () => {
    const store = new ScriptedStore({ KEY: "one" });
    await openRotating(clockedSecrets(store).secrets, guessing);
    expect(store.calls).toEqual(["KEY@pending", "KEY_NEXT", "KEY", "KEY@previous", "KEY_PREVIOUS", "KEY_ROTATED_AT"]);
  });

  it("count by stage and by name alike", async () => {
    const store = new ScriptedStore({
      KEY: "one",
      "KEY@pending": "two",
      KEY_NEXT: "three",
      "KEY@previous": "zero",
      KEY_PREVIOUS: "minus",
    });
    const ring = await openRotating(clockedSecrets(store).secrets, guessing);
    expect(contents(ring)).toEqual(["current one", "pending two", "pending three", "previous zero", "previous minus"]);
  });

  it("are no error when the provider has no stages", async () => {
    const store = new ScriptedStore({ KEY: "one", KEY_PREVIOUS: "zero", KEY_NEXT: "two" }, { stages: false });
    const ring = await openRotating(clockedSecrets(store).secrets, guessing);
    expect(contents(ring)).toEqual(["current one", "pending two", "previous zero"]);
    expect(ring.error).toBeUndefined();
  });

  it.each(["ERR_SECRETS_ACCESS_DENIED", "ERR_SECRETS_UNSUPPORTED", "ERR_SECRETS_INVALID_REF"] as const)(
    "are absent where the store answers %s to what nobody asked for",
    async (code) => {
      const store = new ScriptedStore({ KEY: "one", ...Object.fromEntries(guessed.map((slot) => [slot, { code }])) });
      const ring = await openRotating(clockedSecrets(store).secrets, guessing);
      expect(contents(ring)).toEqual(["current one"]);
      expect(ring.error).toBeUndefined();
    },
  );

  it.each(guessed)("that cannot be read are in doubt, and the ring does not start: %s", async (slot) => {
    const store = new ScriptedStore({ KEY: "one", [slot]: outage });
    await expect(openRotating(clockedSecrets(store).secrets, guessing)).rejects.toThrow(
      withCode("ERR_SECRETS_UNAVAILABLE"),
    );
  });

  it("beside a member are members; a document of the old key alone is enough", async () => {
    const refs = usualRefs("app#KEY");
    const store = new ScriptedStore({ app: JSON.stringify({ KEY: "one", KEY_NEXT: "two", KEY_PREVIOUS: "zero" }) });
    const options: Partial<RotatingKeysOptions> = { ...guessing, current: "app#KEY", guessed: refs };
    const ring = await openRotating(clockedSecrets(store).secrets, options);
    expect(contents(ring)).toEqual(["current one", "pending two", "previous zero"]);
    store.set({ app: JSON.stringify({ KEY: "one" }) });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current one"]);
  });
});

describe("the time of rotation", () => {
  const propagationMs = 3_900_000; // the cache's defaults: 300,000 + 3,600,000
  const lifetimeMs = 1_000;
  const open = async (rotatedAt: string) => {
    const store = new ScriptedStore({ CURRENT: "one", PREVIOUS: "zero", ROTATED_AT: rotatedAt });
    const { secrets } = clockedSecrets(store);
    return { store, ring: await openRotating(secrets, { ...named, rotatedAt: "ROTATED_AT", lifetimeMs }) };
  };
  const promotedAt = (ring: Awaited<ReturnType<typeof open>>["ring"]) => {
    const retireAfter = ring.status().find(({ state }) => state === "previous")?.retireAfter;
    return retireAfter && new Date(retireAfter.getTime() - propagationMs - lifetimeMs).toISOString();
  };

  it.each([
    ["2025-12-01T12:30:00Z", "2025-12-01T12:30:00.000Z"],
    ["2025-12-01T12:30Z", "2025-12-01T12:30:00.000Z"],
    ["2025-12-01T12:30:00.25Z", "2025-12-01T12:30:00.250Z"],
    ["2025-12-01T12:30:00.123456+00:00", "2025-12-01T12:30:00.123Z"], // Python's isoformat()
    ["2025-12-01T14:30:00+02:00", "2025-12-01T12:30:00.000Z"],
    ["2025-12-01T06:30:00-06:00", "2025-12-01T12:30:00.000Z"],
    ["2025-12-01 12:30:00Z", "2025-12-01T12:30:00.000Z"],
    ["  2025-12-01T12:30:00Z\n", "2025-12-01T12:30:00.000Z"],
    ["1764592200", "2025-12-01T12:30:00.000Z"],
    ["1764592200.5", "2025-12-01T12:30:00.500Z"], // Python's time.time()
  ])("%s is understood", async (text, expected) => {
    expect(promotedAt((await open(text)).ring)).toBe(expected);
  });

  it.each([
    ["words", "last week"],
    ["words that a lenient parser finds a year in", "rotation 5"],
    ["a number that is no time", "42"],
    ["milliseconds", "1764592200000"],
    ["a day alone: the key may have been in use until its end", "2025-12-01"],
    ["a local time: hosts differ in their zone", "2025-12-01T12:30:00"],
    ["a day that does not exist", "2025-02-30T12:30:00Z"],
    ["an hour that does not exist", "2025-12-01T25:30:00Z"],
    ["another notation", "Mon, 01 Dec 2025 12:30:00 GMT"],
    ["a value in its place", "c0ffeec0ffeec0ffee"],
  ])("is an error at the start when it is none, and the text is not repeated: %s", async (_, text) => {
    const error = await open(text).catch((raw: unknown) => raw);
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "ROTATED_AT" });
    expect(String(error)).not.toContain(text);
  });

  it("is unknown when it is blank or missing", async () => {
    expect(promotedAt((await open(" ")).ring)).toBeUndefined();
  });

  it.each<[string, Answer]>([
    ["no time", "rotation 5"],
    ["out of reach", outage],
  ])("stays as it was while it is %s at run time, and keeps nothing else from refreshing", async (_, answer) => {
    const { ring, store } = await open("2025-12-01T12:30:00Z");
    store.set({ ROTATED_AT: answer, NEXT: "two" });
    await ring.refresh();
    expect(promotedAt(ring)).toBe("2025-12-01T12:30:00.000Z");
    expect(contents(ring)).toEqual(["current one", "pending two", "previous zero"]);
    expect(encryptsWith(ring)).toBe("one");
  });

  it("is unknown again once it is removed", async () => {
    const { ring, store } = await open("2025-12-01T12:30:00Z");
    store.set({ ROTATED_AT: undefined });
    await ring.refresh();
    expect(promotedAt(ring)).toBeUndefined();
  });
});

describe("rule 2: a value that moves NEXT → CURRENT → PREVIOUS meanwhile is never missed", () => {
  type SlotName = "NEXT" | "CURRENT" | "PREVIOUS";
  type State = Readonly<Record<SlotName, string>>;
  type Step = (state: State) => State;

  const readOrder: readonly SlotName[] = ["NEXT", "CURRENT", "PREVIOUS"];
  const initial: State = { NEXT: "key-1", CURRENT: "key-0", PREVIOUS: "" };

  /** A writer moves PREVIOUS first, so that the value it moves is in two slots for a moment and never in none. */
  const rotation = (next: string): Step[] => [
    (state) => ({ ...state, NEXT: next }),
    (state) => ({ ...state, PREVIOUS: state.CURRENT }),
    (state) => ({ ...state, CURRENT: state.NEXT }),
    (state) => ({ ...state, NEXT: "" }),
  ];
  /** Stores with stages move all at once. */
  const promotion = (next: string): Step[] => [
    (state) => ({ ...state, NEXT: next }),
    (state) => ({ NEXT: "", CURRENT: state.NEXT, PREVIOUS: state.CURRENT }),
  ];
  /** Without a pending step. */
  const replacement = (next: string): Step[] => [
    (state) => ({ ...state, PREVIOUS: state.CURRENT }),
    (state) => ({ ...state, CURRENT: next }),
  ];

  /** Every way in which the steps can fall before, between and after the reads: for each step the read that follows it. */
  function schedules(steps: number, reads: number, from = 0): number[][] {
    if (steps === 0) return [[]];
    return Array.from({ length: reads + 1 - from }, (_, index) => from + index).flatMap((gap) =>
      schedules(steps - 1, reads, gap).map((rest) => [gap, ...rest]),
    );
  }

  const inSlots = (state: State) => new Set(Object.values(state).filter((value) => value !== ""));
  const publish = (store: ScriptedStore, state: State) => store.set({ ...state });

  /** Runs `read` while the writer takes its steps; returns the values that were in some slot all the time. */
  async function during(
    store: ScriptedStore,
    start: State,
    steps: readonly Step[],
    schedule: readonly number[],
    read: () => Promise<unknown>,
  ) {
    let state = start;
    let asked = 0;
    const pending = steps.map((step, index) => ({ step, gap: schedule[index] ?? readOrder.length }));
    const always = inSlots(state);
    store.before = () => {
      while (pending[0] && pending[0].gap <= asked) {
        state = (pending.shift() as { step: Step }).step(state);
        for (const value of always) if (!inSlots(state).has(value)) always.delete(value);
        publish(store, state);
      }
      asked += 1;
    };
    await read();
    store.before = () => undefined;
    for (const { step } of pending) state = step(state);
    publish(store, state);
    return { always: [...always], state };
  }

  const values = (lines: readonly string[]) => lines.map((line) => line.split(" ")[1]);
  /** The first key is staged already. */
  const twoRotations = [...rotation("key-1").slice(1), ...rotation("key-2")];
  const histories: [string, Step[]][] = [
    ["two rotations in three variables", twoRotations],
    ["three promotions of stages", [...promotion("key-1").slice(1), ...promotion("key-2"), ...promotion("key-3")]],
    [
      "three rotations without a pending step",
      [...replacement("key-1"), ...replacement("key-2"), ...replacement("key-3")],
    ],
  ];

  it.each(histories)("in no interleaving with one reading of a running ring: %s", async (_, steps) => {
    for (const schedule of schedules(steps.length, readOrder.length)) {
      const store = new ScriptedStore({ ...initial });
      const { secrets } = clockedSecrets(store);
      const ring = await openRotating(secrets, named);
      const { always, state } = await during(store, initial, steps, schedule, () => ring.refresh());
      expect(values(contents(ring)), `steps before reads ${schedule}`).toEqual(expect.arrayContaining(always));
      await ring.refresh();
      expect(new Set(values(contents(ring))), `after ${schedule}`).toEqual(inSlots(state));
      await secrets.close();
    }
  });

  it.each(histories)("in no interleaving with a start: %s", async (_, steps) => {
    for (const schedule of schedules(steps.length, readOrder.length)) {
      const store = new ScriptedStore({ ...initial });
      const { secrets } = clockedSecrets(store);
      let lines: string[] = [];
      const { always } = await during(store, initial, steps, schedule, async () => {
        lines = contents(await openRotating(secrets, named));
      });
      expect(values(lines), `steps before reads ${schedule}`).toEqual(expect.arrayContaining(always));
      await secrets.close();
    }
  });

  it("(and any other order of reading would miss one: the schedules above do tell the orders apart)", () => {
    const orders: SlotName[][] = [
      ["NEXT", "CURRENT", "PREVIOUS"],
      ["NEXT", "PREVIOUS", "CURRENT"],
      ["CURRENT", "NEXT", "PREVIOUS"],
      ["CURRENT", "PREVIOUS", "NEXT"],
      ["PREVIOUS", "NEXT", "CURRENT"],
      ["PREVIOUS", "CURRENT", "NEXT"],
    ];
    const steps = twoRotations;
    const safe = orders.filter((order) =>
      schedules(steps.length, order.length).every((schedule) => {
        let state = initial;
        const left = steps.map((step, index) => ({ step, gap: schedule[index] as number }));
        const always = inSlots(state);
        const found = new Set<string>();
        for (const [asked, slot] of order.entries()) {
          while (left[0] && left[0].gap <= asked) {
            state = (left.shift() as { step: Step }).step(state);
            for (const value of always) if (!inSlots(state).has(value)) always.delete(value);
          }
          found.add(state[slot]);
        }
        return [...always].every((value) => found.has(value));
      }),
    );
    expect(safe).toEqual([["NEXT", "CURRENT", "PREVIOUS"]]);
  });

  it("in no run of many refreshes against a writer that goes on rotating", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        async (rounds) => {
          const store = new ScriptedStore({ ...initial });
          const { secrets } = clockedSecrets(store);
          const ring = await openRotating(secrets, named);
          const steps = [1, 2, 3, 4, 5, 6].flatMap((number) => rotation(`key-${number}`)).slice(1);
          let state = initial;
          for (const gaps of rounds) {
            const schedule = [...gaps].sort();
            const taken = steps.splice(0, schedule.length);
            const after = await during(store, state, taken, schedule, () => ring.refresh());
            state = after.state;
            expect(values(contents(ring))).toEqual(expect.arrayContaining(after.always));
          }
          await secrets.close();
        },
      ),
      { numRuns: 100 },
    );
  });

  it("not even while one slot cannot be read: what left a slot is kept until the slot it moves to was read", async () => {
    for (const unread of readOrder) {
      const moves: Record<SlotName, [State, State]> = {
        NEXT: [
          { NEXT: "b", CURRENT: "a", PREVIOUS: "" },
          { NEXT: "c", CURRENT: "b", PREVIOUS: "a" },
        ],
        CURRENT: [
          { NEXT: "b", CURRENT: "a", PREVIOUS: "" },
          { NEXT: "", CURRENT: "b", PREVIOUS: "a" },
        ],
        PREVIOUS: [
          { NEXT: "b", CURRENT: "a", PREVIOUS: "z" },
          { NEXT: "", CURRENT: "b", PREVIOUS: "a" },
        ],
      };
      const [before, after] = moves[unread];
      const store = new ScriptedStore({ ...before });
      const ring = await openRotating(clockedSecrets(store).secrets, named);
      store.set({ ...after, [unread]: outage });
      await ring.refresh();
      expect(values(contents(ring)), `${unread} out of reach`).toEqual(expect.arrayContaining(["a", "b"]));
      publish(store, after);
      await ring.refresh();
      expect(new Set(values(contents(ring))), `${unread} back`).toEqual(inSlots(after));
    }
  });

  it("(a pending key that was disabled is gone at once, whatever else cannot be read)", async () => {
    const store = new ScriptedStore({ NEXT: "b", CURRENT: "a" });
    const ring = await openRotating(clockedSecrets(store).secrets, named);
    store.set({ NEXT: { code: "ERR_SECRETS_VERSION_DISABLED" }, CURRENT: outage });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current a"]);
    store.set({ NEXT: denied, CURRENT: "a" });
    await ring.refresh();
    expect(contents(ring)).toEqual(["current a"]);
  });
});
