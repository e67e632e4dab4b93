import type { CipherTrial } from "../cipher-trial.js";

/** How a clause is shown to hold. It throws where it does not. */
export interface CipherTest {
  /** The clause is for ciphers whose `bindsContext` is this. */
  readonly bindsContext?: boolean;
  /** The clause looks for the keys themselves. */
  readonly needsKeys?: boolean;
  run(trial: CipherTrial): void | Promise<void>;
}
