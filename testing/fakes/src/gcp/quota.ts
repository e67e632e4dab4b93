import type { Project } from "./resource-name.js";
import { quotaExceeded } from "./service-errors.js";

const MINUTE_MS = 60_000;

/** Requests a minute that the project may make. */
export interface Quotas {
  readonly access: number;
  readonly read: number;
  readonly write: number;
}

export type QuotaKind = keyof Quotas;

/** From https://cloud.google.com/secret-manager/quotas */
export const DEFAULT_QUOTAS: Quotas = { access: 90_000, read: 600, write: 600 };

export interface QuotaMeter {
  /** @throws RpcError RESOURCE_EXHAUSTED once the minute's requests of this kind are spent */
  spend(kind: QuotaKind): void;
}

/** Counts by the minutes of the clock. */
export function quotaMeter(project: Project, now: () => number, quotas: Quotas): QuotaMeter {
  let minute = Number.NaN;
  let spent = { access: 0, read: 0, write: 0 };
  return {
    spend(kind) {
      const current = Math.floor(now() / MINUTE_MS);
      if (current !== minute) {
        minute = current;
        spent = { access: 0, read: 0, write: 0 };
      }
      if (++spent[kind] > quotas[kind]) throw quotaExceeded(kind, quotas[kind], project.number);
    },
  };
}
