import { aesGcmCipher, generateAesKey } from "@qarion/crypto-aes";
import type { CipherHarness } from "../../src/index.js";

const [first, second] = [generateAesKey(), generateAesKey()];
const rings = { current: [first], previous: [second, first], other: [second] };

export const aesHarness: CipherHarness = {
  name: "aesGcmCipher",
  keys: [first, second],
  create: (keys) => aesGcmCipher({ keys: rings[keys] }),
};
