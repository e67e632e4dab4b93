/** The server's API as a client sees it. */
export class Api {
  readonly #baseUrl: string;
  /** Every answer's text, to be searched for what must not be there. */
  readonly transcript: string[] = [];

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  async call(
    method: string,
    path: string,
    options: { token?: string; body?: unknown } = {},
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.#baseUrl}${path}`, {
      method,
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    this.transcript.push(text);
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** As `call`, for what has to succeed. */
  async expect<T>(method: string, path: string, options: { token?: string; body?: unknown } = {}): Promise<T> {
    const { status, body } = await this.call(method, path, options);
    if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${JSON.stringify(body)}`);
    return body as T;
  }

  async signIn(email: string, password: string): Promise<string> {
    return (await this.expect<{ token: string }>("POST", "/sessions", { body: { email, password } })).token;
  }
}

/** The id of the key that signed a token. */
export function kidOf(token: string): string {
  const [header = ""] = token.split(".");
  return (JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string }).kid;
}
