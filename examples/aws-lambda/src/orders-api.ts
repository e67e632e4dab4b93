import type { Secret } from "@qarion/secrets";

export interface Order {
  readonly id: string;
  readonly items: readonly string[];
}

/** A client that holds a credential, as pools and SDK clients do: it is made anew when its token changes. */
export class OrdersApi {
  readonly #url: string;
  readonly #token: Secret;

  constructor(url: string, token: Secret) {
    this.#url = url;
    this.#token = token;
  }

  accept(order: Order): Promise<void> {
    return post(this.#url, `Bearer ${this.#token.reveal()}`, order);
  }
}

/** The warehouse knows its clients by user and password. */
export function reserve(url: string, user: Secret, password: Secret, order: Order): Promise<void> {
  const pair = Buffer.from(`${user.reveal()}:${password.reveal()}`).toString("base64");
  return post(url, `Basic ${pair}`, order);
}

async function post(url: string, authorization: string, order: Order): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(order),
    redirect: "error", // the credential goes where it is configured to go
    signal: AbortSignal.timeout(5_000),
  });
  await response.body?.cancel(); // an answer may quote the request, so nobody reads it
  if (!response.ok) throw new Error(`The service behind this function answered ${response.status}.`);
}
