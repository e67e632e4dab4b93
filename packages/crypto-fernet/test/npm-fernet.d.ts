/** What the tests use of the npm package `fernet`, which has no types of its own. */
declare module "fernet" {
  class Secret {
    constructor(key: string);
  }
  class Token {
    constructor(options: {
      readonly secret: Secret;
      readonly token?: string;
      readonly ttl?: number;
      readonly time?: number | string;
      readonly iv?: readonly number[];
    });
    encode(message: string): string;
    decode(): string;
  }
  const fernet: { readonly Secret: typeof Secret; readonly Token: typeof Token };
  export default fernet;
}
