import { fernetCipher, generateFernetKey } from "@qarion/crypto-fernet";
import type { CipherHarness } from "../../src/index.js";

const [first, second] = [generateFernetKey(), generateFernetKey()];
const rings = { current: [first], previous: [second, first], other: [second] };

export const fernetHarness: CipherHarness = {
  name: "fernetCipher",
  keys: [first, second],
  create: (keys) => fernetCipher({ keys: rings[keys] }),
};
