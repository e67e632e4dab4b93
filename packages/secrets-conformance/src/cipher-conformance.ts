import type { Cipher } from "@qarion/secrets-core/keys";
import type { CipherTest } from "./cipher/cipher-test.js";
import { boundContextTests, unboundContextTests } from "./cipher/context.js";
import { decryptTests } from "./cipher/decrypt.js";
import { encryptTests } from "./cipher/encrypt.js";
import { identifyTests } from "./cipher/identify.js";
import { keyTests } from "./cipher/keys.js";
import { cipherLeakTests } from "./cipher/leaks.js";
import { rotateTests } from "./cipher/rotate.js";
import { statusTests } from "./cipher/status.js";
import { type CipherClause, cipherClauses } from "./cipher-clauses.js";
import type { CipherHarness, CipherKeys } from "./cipher-harness.js";
import { CipherTrial } from "./cipher-trial.js";
import { type ConformanceCase, conformanceCase } from "./conformance-case.js";
import { holds, NotApplicable } from "./outcome.js";

const tests: Readonly<Record<CipherClause, CipherTest>> = {
  ...encryptTests,
  ...decryptTests,
  ...keyTests,
  ...boundContextTests,
  ...unboundContextTests,
  ...identifyTests,
  ...rotateTests,
  ...statusTests,
  ...cipherLeakTests,
};

/**
 * The contract of a cipher as cases, one for each clause of `cipherClauses`, in that order.
 *
 * ```ts
 * for (const c of cipherConformance(harness)) (c.skipped ? it.skip : it)(c.name, () => c.run());
 * ```
 *
 * @throws TypeError for a `skip` that names no clause
 */
export function cipherConformance(harness: CipherHarness): readonly ConformanceCase[] {
  for (const clause of Object.keys(harness.skip ?? {})) {
    if (!Object.hasOwn(cipherClauses, clause)) throw new TypeError(`skip: there is no clause "${clause}".`);
  }
  return (Object.keys(cipherClauses) as CipherClause[]).map((clause) =>
    conformanceCase({
      harness: harness.name,
      clause,
      remedy: cipherClauses[clause],
      skipped: harness.skip?.[clause] ?? lackOf(tests[clause], harness.bindsContext, harness.keys),
      test: () => tryCipher(harness, tests[clause]),
    }),
  );
}

function lackOf(test: CipherTest, bindsContext: boolean | undefined, keys: CipherHarness["keys"]): string | undefined {
  if (test.needsKeys && !keys) return "the harness does not tell its `keys`";
  if (bindsContext === undefined || test.bindsContext === undefined || test.bindsContext === bindsContext)
    return undefined;
  return bindsContext ? "the cipher binds a context" : "the cipher binds no context";
}

async function tryCipher(harness: CipherHarness, test: CipherTest): Promise<void> {
  const [current, previous, other] = await Promise.all(
    (["current", "previous", "other"] satisfies CipherKeys[]).map(async (keys) => harness.create(keys)),
  );
  holds(isCipher(current) && isCipher(previous) && isCipher(other), "create() gave something that is no Cipher");
  for (const { bindsContext } of [current, previous, other]) {
    const declared = harness.bindsContext ?? current.bindsContext;
    holds(bindsContext === declared, `bindsContext is ${String(bindsContext)}, and ${String(declared)} elsewhere`);
  }
  const lack = lackOf(test, current.bindsContext, harness.keys);
  if (lack) throw new NotApplicable(lack);
  await test.run(new CipherTrial({ current, previous, other }, harness.keys ?? []));
}

function isCipher(cipher: Cipher | undefined): cipher is Cipher {
  const hasMethods = (["encrypt", "decrypt", "decryptBytes", "identify", "rotate", "status"] as const).every(
    (method) => typeof cipher?.[method] === "function",
  );
  return hasMethods && typeof cipher?.format === "string" && typeof cipher.bindsContext === "boolean";
}
