import { createServer, type IncomingMessage, type Server } from "node:http";
import { logFailure } from "./log.js";
import { Mailer } from "./mailer.js";
import { mailToken, type ShopSecrets, webhookKey } from "./shop-secrets.js";
import { WebhookVerifier } from "./webhook-verifier.js";

const longestBody = 64 * 1_024;

/** Takes signed webhooks and mails a note of each. Rejects where a secret cannot be had: it starts whole or not at all. */
export async function webhookService({ keys, settings }: ShopSecrets, mailUrl: string): Promise<Server> {
  const verifier = await (await keys.live(webhookKey)).derive((key) => new WebhookVerifier(key));
  const mailer = await (await settings.live(mailToken)).derive((token) => new Mailer(mailUrl, token));

  return createServer(async (request, response) => {
    const answer = (status: number) => response.writeHead(status, { "cache-control": "no-store" }).end();
    try {
      if (request.method === "GET" && request.url === "/healthz") return answer(200);
      if (request.method === "GET" && request.url === "/readyz") {
        const checks = await Promise.all([keys.check([webhookKey]), settings.check([mailToken])]);
        for (const { error } of [verifier, mailer]) if (error) logFailure("a secret is not newer", error);
        return answer(checks.some(({ status }) => status === "error") ? 503 : 200);
      }
      if (request.method !== "POST" || request.url !== "/webhooks") return answer(404);

      const body = await bodyOf(request);
      if (!body) return answer(413);
      // `current` is the last good one, however old. Whether it may still serve is for a read to say, which finds it in
      // the cache: in an outage yes, for an hour; where Vault says no, this throws.
      await Promise.all([keys.get(webhookKey), settings.get(mailToken)]);
      const { "x-timestamp": timestamp, "x-signature": signature } = request.headers;
      if (!verifier.current.isSigned(body, String(timestamp), String(signature))) return answer(401);
      await mailer.current.send(`A webhook of ${body.length} bytes came in.`);
      answer(202);
    } catch (error) {
      logFailure("a request failed", error);
      answer(503);
    }
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= longestBody) chunks.push(chunk); // the rest is read and dropped, so that the answer arrives
  }
  return length <= longestBody ? Buffer.concat(chunks) : undefined;
}
