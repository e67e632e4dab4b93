import { aesGcmCipher, generateAesKey } from "@qarion/crypto-aes";
import { fernetCipher, generateFernetKey } from "@qarion/crypto-fernet";
import type { Cipher } from "@qarion/secrets-core/keys";
import type { CipherHarness } from "../../src/index.js";

function harnessOf(
  name: string,
  keys: readonly [string, string],
  make: (options: { keys: string[] }) => Cipher,
): CipherHarness {
  const [first, second] = keys;
  const rings = { current: [first], previous: [second, first], other: [second] };
  return { name, keys, create: (ring) => make({ keys: rings[ring] }) };
}

export const fernetHarness = harnessOf("fernetCipher", [generateFernetKey(), generateFernetKey()], fernetCipher);
export const aesHarness = harnessOf("aesGcmCipher", [generateAesKey(), generateAesKey()], aesGcmCipher);
