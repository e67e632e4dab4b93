import type { Secret } from "@qarion/secrets";

/** Mails by an HTTP API. Made anew when its token changes. */
export class Mailer {
  readonly #url: string;
  readonly #token: Secret;

  constructor(url: string, token: Secret) {
    this.#url = url;
    this.#token = token;
  }

  async send(text: string): Promise<void> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token.reveal()}`, "content-type": "application/json" },
      body: JSON.stringify({ text }),
      redirect: "error", // the token goes where it is configured to go
      signal: AbortSignal.timeout(5_000),
    });
    await response.body?.cancel(); // an answer may quote the request, so nobody reads it
    if (!response.ok) throw new Error("The mail was not taken.");
  }
}
