/** Which calls a fault meets. */
export interface FaultScope {
  /** The operation as the fake names it, such as `GetSecretValue`, several of them, or a pattern; all without. */
  readonly operation?: string | readonly string[] | RegExp;
  /** How many calls it meets before it is over; every one without. */
  readonly times?: number;
  /** How many calls in scope it lets through first. */
  readonly after?: number;
}

/** A fault that was put on a plan. */
export interface PlannedFault {
  /** How many calls it has met. */
  readonly hits: number;
  /** Resolves once it has met that many calls; 1 unless given. What a test awaits instead of a pause. */
  hit(count?: number): Promise<void>;
  /** Ends it. Calls that it met already, such as one that hangs, go on as they are. */
  remove(): void;
}

/** The faults that await calls, in the order in which they were added. `F` is what the transport can do wrong. */
export interface FaultPlan<F> {
  add(fault: F, scope?: FaultScope): PlannedFault;
  /** The fault that this call meets, which counts as a hit: of all that apply, the one added first. */
  take(operation: string): F | undefined;
  /** Ends all of them. */
  clear(): void;
}

interface Rule<F> {
  readonly fault: F;
  readonly operation: FaultScope["operation"];
  letThrough: number;
  left: number;
  hits: number;
  waiters: { readonly count: number; readonly wake: () => void }[];
}

/** A plan of any transport: that of HTTP faults (`httpFaults`), or a fake's own over gRPC. */
export function faultPlan<F>(): FaultPlan<F> {
  let rules: Rule<F>[] = [];

  return {
    add(fault, { operation, times = Number.POSITIVE_INFINITY, after = 0 } = {}) {
      const rule: Rule<F> = { fault, operation, letThrough: after, left: times, hits: 0, waiters: [] };
      rules.push(rule);
      return {
        get hits() {
          return rule.hits;
        },
        hit: (count = 1) =>
          new Promise((wake) => {
            if (rule.hits >= count) wake();
            else rule.waiters.push({ count, wake });
          }),
        remove: () => {
          rules = rules.filter((other) => other !== rule);
        },
      };
    },
    take(operation) {
      let met: Rule<F> | undefined;
      for (const rule of rules.filter(({ operation: wanted }) => covers(wanted, operation))) {
        // Calls to let through are counted even where they meet another rule's fault.
        if (rule.letThrough > 0) rule.letThrough--;
        else if (rule.left > 0) met ??= rule;
      }
      if (met === undefined) return undefined;
      met.left--;
      met.hits++;
      for (const waiter of met.waiters.filter(({ count }) => met.hits >= count)) waiter.wake();
      met.waiters = met.waiters.filter(({ count }) => met.hits < count);
      return met.fault;
    },
    clear: () => {
      rules = [];
    },
  };
}

function covers(wanted: FaultScope["operation"], operation: string): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === "string") return wanted === operation;
  if (wanted instanceof RegExp) return operation.search(wanted) >= 0;
  return wanted.includes(operation);
}
