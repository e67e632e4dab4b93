const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A point in time, and how Vault writes it: RFC 3339 with up to nine digits of a second, no zeros at the end. */
export interface Instant {
  readonly ms: number;
  readonly text: string;
}

/** @param nanos what of the instant is finer than a millisecond, below 1,000,000 */
export function instant(ms: number, nanos = 0): Instant {
  const [date = "", fraction = ""] = new Date(ms).toISOString().slice(0, -1).split(".");
  const digits = `${fraction}${String(nanos).padStart(6, "0")}`.replace(/0+$/, "");
  return { ms, text: `${date}${digits === "" ? "" : `.${digits}`}Z` };
}

/** As Go prints a duration: `3h25m19s`, `1m0s`, `0s`. Whole milliseconds. */
export function goDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 0) return `-${goDuration(-ms)}`;
  if (ms < 1_000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** Milliseconds of what Vault takes for a duration: seconds as a number or digits, or `1h30m`. `undefined`: neither. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value * 1_000 : undefined;
  if (typeof value !== "string") return undefined;
  if (value === "") return 0;
  if (/^-?\d+$/.test(value)) return Number(value) * 1_000;
  const [, sign, parts] = /^(-?)((?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+)$/.exec(value) ?? [];
  if (parts === undefined) return undefined;
  let ms = 0;
  for (const [, amount, unit] of parts.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    ms += Number(amount) * (UNITS_MS[unit ?? ""] ?? 0);
  }
  return sign === "-" ? -ms : ms;
}
