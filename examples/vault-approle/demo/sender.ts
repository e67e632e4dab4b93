import { createHmac } from "node:crypto";

/** Sends a webhook as its sender does. @returns the status */
export async function sendWebhook(
  baseUrl: string,
  key: string,
  { body = '{"paid":true}', atMs = Date.now() }: { body?: string; atMs?: number } = {},
): Promise<number> {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signature = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex");
  const response = await fetch(`${baseUrl}/webhooks`, {
    method: "POST",
    headers: { "x-timestamp": timestamp, "x-signature": signature },
    body,
  });
  await response.body?.cancel();
  return response.status;
}
