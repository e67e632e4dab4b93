import { createHmac, timingSafeEqual } from "node:crypto";
import { type Secret, SecretsError } from "@qarion/secrets";

/** How far the sender's clock may be off. Within it a message that was overheard could be sent again. */
const toleranceSeconds = 300;

/** The sender signs `<unix seconds>.<body>` by HMAC-SHA256, in hexadecimal digits. */
export class WebhookVerifier {
  readonly #key: Secret;

  constructor(key: Secret) {
    // With an empty key everybody could sign.
    if (key.revealBytes().length < 32) {
      const hint = "The key of the webhooks has at least 32 bytes.";
      throw new SecretsError("ERR_SECRETS_INVALID_VALUE", { secretName: key.name, hint });
    }
    this.#key = key;
  }

  isSigned(body: Buffer, timestamp: string, signature: string): boolean {
    if (!/^\d{1,12}$/.test(timestamp) || !/^[0-9a-f]{64}$/.test(signature)) return false;
    if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > toleranceSeconds) return false;
    const expected = createHmac("sha256", this.#key.revealBytes()).update(`${timestamp}.`).update(body).digest();
    return timingSafeEqual(expected, Buffer.from(signature, "hex"));
  }
}
