declare module "fernet" {
  class Secret {
    constructor(key: string);
  }
  class Token {
    constructor(options: { secret: Secret; token: string; ttl: number });
    decode(): string;
  }
  const fernet: { Secret: typeof Secret; Token: typeof Token };
  export default fernet;
}
