import type { VaultClock } from "./vault-clock.js";
import { permissionDenied } from "./vault-error.js";

const THRESHOLD = 5;
const LOCKED_MS = 900_000;
const COUNTER_RESET_MS = 900_000;

/** Wrong credentials, five in a row: then a login is refused for 15 minutes, the right ones too. See "User lockout". */
export class UserLockout {
  readonly #clock: VaultClock;
  readonly #failures = new Map<string, { count: number; lastAtMs: number }>();

  constructor(clock: VaultClock) {
    this.#clock = clock;
  }

  /** @throws VaultError 403, which looks like any other denial */
  check(alias: string): void {
    const failed = this.#failures.get(alias);
    if (failed === undefined || failed.count < THRESHOLD) return;
    if (this.#clock.now() - failed.lastAtMs < LOCKED_MS) throw permissionDenied();
  }

  failed(alias: string): void {
    const nowMs = this.#clock.now();
    const before = this.#failures.get(alias);
    const isOver = before === undefined || nowMs - before.lastAtMs > COUNTER_RESET_MS;
    this.#failures.set(alias, { count: isOver ? 1 : before.count + 1, lastAtMs: nowMs });
  }

  succeeded(alias: string): void {
    this.#failures.delete(alias);
  }
}
