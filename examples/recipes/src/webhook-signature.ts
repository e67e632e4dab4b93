import { createHmac } from "node:crypto";
import type { Secret } from "@qarion/secrets";

export function webhookSignature(key: Secret, body: string): string {
  return createHmac("sha256", key.revealBytes()).update(body).digest("hex");
}
