import type { Clock } from "@qarion/secrets-core";
import { unlessAborted } from "@qarion/secrets-core/provider";
import { withinMs } from "./abort.js";
import { HeldToken, type TokenFacts } from "./held-token.js";
import { member } from "./json-text.js";
import { type Stopwatch, startStopwatch } from "./stopwatch.js";
import { meaningOf, VaultFailure, vaultError } from "./vault-error.js";
import { isHeaderValue, type VaultHttp } from "./vault-http.js";
import type { VaultLogin } from "./vault-login.js";

/** A login or renewal is shared by many calls, so none of their deadlines is its own. */
const flightWithinMs = 30_000;
/** A login that was refused is not tried again for so long: Vault locks a role after five wrong secret ids. */
const refusalRestsMs = 30_000;
/** On close nobody waits longer for the end of the token. */
const revokeWithinMs = 2_000;

export type VaultCredentials = { readonly token: string } | { readonly login: VaultLogin };

interface Refusal {
  readonly error: unknown;
  readonly ageMs: Stopwatch;
}

/**
 * The token that calls are made with: given, or got by a login. Once two thirds of its life are over, the next call
 * starts its renewal, or a new login where it cannot be renewed, and goes on with it meanwhile. Calls wait only where no
 * token lives, and then all for the same login.
 */
export class VaultSession {
  readonly #http: VaultHttp;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #login: VaultLogin | undefined;
  #held: HeldToken | undefined;
  #flight: Promise<HeldToken> | undefined;
  #refusal: Refusal | undefined;

  constructor(parts: {
    readonly http: VaultHttp;
    readonly clock: Clock;
    /** Ends what is under way. */
    readonly closing: AbortSignal;
    readonly credentials: VaultCredentials;
  }) {
    this.#http = parts.http;
    this.#clock = parts.clock;
    this.#closing = parts.closing;
    if ("login" in parts.credentials) this.#login = parts.credentials.login;
    else this.#held = this.#given(parts.credentials.token);
  }

  get canLogIn(): boolean {
    return this.#login !== undefined;
  }

  /** @throws SecretsError `ERR_SECRETS_UNAUTHENTICATED`, VaultFailure, what `fetch` throws */
  async token(signal: AbortSignal): Promise<string> {
    const held = this.#held;
    const login = this.#login;
    if (held && !(login && held.isOver)) {
      if (held.isDue && !this.#flight) this.#fly((ends) => this.#renewed(held, ends)).catch(() => held.postpone());
      return held.token;
    }
    if (!login) throw vaultError("ERR_SECRETS_CLOSED");
    if (this.#refusal && this.#refusal.ageMs() < refusalRestsMs) throw this.#refusal.error;
    const flight = this.#flight ?? this.#fly((ends) => this.#loggedIn(login, ends));
    return (await unlessAborted(flight, signal)).token;
  }

  /**
   * Whether a call failed because of its token, and not by a policy. Newer versions of Vault say so; else the token is
   * asked about itself. A token of a login that is refused is dropped, and the next call logs in.
   */
  async isRefused(token: string, error: unknown, signal: AbortSignal): Promise<boolean> {
    if (!(error instanceof VaultFailure) || error.status !== 403) return false;
    if (error.says === "denied by policy" || error.says === "not Vault") return false;
    if (error.says !== "invalid token" && (await this.#knowsItself(token, signal))) return false;
    if (this.#login && this.#held?.token === token) this.#held = undefined;
    return true;
  }

  /** A token that was got here ends here. Whether Vault hears of it or not, it ends by itself. */
  async close(): Promise<void> {
    await this.#flight?.catch(() => undefined);
    const held = this.#held;
    this.#held = undefined;
    if (!held || !this.#login) return;
    const { token } = held;
    await withinMs({ clock: this.#clock, ms: revokeWithinMs, signals: [] }, (signal) =>
      this.#http.call({ method: "POST", path: "auth/token/revoke-self", token, signal }),
    ).catch(() => undefined);
  }

  /** One at a time. What it gives is held. */
  #fly(run: (signal: AbortSignal) => Promise<HeldToken>): Promise<HeldToken> {
    const bounds = { clock: this.#clock, ms: flightWithinMs, signals: [this.#closing] };
    const flight = withinMs(bounds, (signal) => unlessAborted(run(signal), signal))
      .then((held) => {
        this.#held = held;
        return held;
      })
      .finally(() => {
        this.#flight = undefined;
      });
    flight.catch(() => undefined); // those who waited may all have gone
    this.#flight = flight;
    return flight;
  }

  async #renewed(held: HeldToken, signal: AbortSignal): Promise<HeldToken> {
    const login = this.#login;
    if (!login && held.lifeMs === Number.POSITIVE_INFINITY) return this.#lookedUp(held.token, signal);
    if (held.isRenewable) {
      try {
        return await this.#prolonged(held, signal);
      } catch (error) {
        // 500 may be an outage, or say that it is past its longest life or its role is gone: a login tells.
        const mayBeFinal = login !== undefined && error instanceof VaultFailure && error.status === 500;
        if (!mayBeFinal && !isRefusal(error)) throw error;
      }
    }
    return login ? this.#loggedIn(login, signal) : held.letEnd();
  }

  async #prolonged({ token, lifeMs: before }: HeldToken, signal: AbortSignal): Promise<HeldToken> {
    const { body } = await this.#http.call({
      method: "POST",
      path: "auth/token/renew-self",
      token,
      body: "{}",
      signal,
    });
    const facts = factsOf(token, member(body, "auth"), "lease_duration");
    const lifeMs = facts.lifeMs === Number.POSITIVE_INFINITY ? 0 : facts.lifeMs; // 0 here is the end, not no end
    // Close to its longest life a renewal gives less and less.
    return this.#hold({ ...facts, lifeMs, isRenewable: facts.isRenewable && lifeMs >= before / 2 });
  }

  async #loggedIn(login: VaultLogin, signal: AbortSignal): Promise<HeldToken> {
    try {
      const body = JSON.stringify(await login.body());
      signal.throwIfAborted();
      const answer = await this.#http.call({ method: "POST", path: login.path, body, signal });
      const token = member(member(answer.body, "auth"), "client_token");
      if (!isHeaderValue(token)) throw vaultError("ERR_SECRETS_UNAUTHENTICATED", { hint: "The login gave no token." });
      this.#refusal = undefined;
      return this.#hold(factsOf(token, member(answer.body, "auth"), "lease_duration"));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const hint = "Vault does not accept the login: check the role, what proves it, and where the method is mounted.";
      const refused = vaultError("ERR_SECRETS_UNAUTHENTICATED", { hint, cause: error });
      this.#refusal = { error: refused, ageMs: startStopwatch(this.#clock) };
      throw refused;
    }
  }

  /** A given token tells how long it lives, where its policies let it. */
  async #lookedUp(token: string, signal: AbortSignal): Promise<HeldToken> {
    try {
      const { body } = await this.#http.call({ method: "GET", path: "auth/token/lookup-self", token, signal });
      const facts = factsOf(token, member(body, "data"), "ttl");
      const held = this.#hold(facts);
      return facts.isRenewable ? held : held.letEnd();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return this.#given(token).letEnd();
    }
  }

  async #knowsItself(token: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#http.call({ method: "GET", path: "auth/token/lookup-self", token, signal });
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return error.says === "denied by policy"; // a policy is looked up by the token, so there is one
    }
  }

  /** Nothing is known of it yet, so it is due at once. */
  #given(token: string): HeldToken {
    return new HeldToken(this.#clock, { token, lifeMs: Number.POSITIVE_INFINITY, isRenewable: false }, 0);
  }

  #hold(facts: TokenFacts): HeldToken {
    return new HeldToken(this.#clock, facts);
  }
}

/** Whether Vault could be asked and refuses. */
function isRefusal(error: unknown): error is VaultFailure {
  if (!(error instanceof VaultFailure)) return false;
  const { code } = meaningOf(error);
  return code !== "ERR_SECRETS_THROTTLED" && code !== "ERR_SECRETS_UNAVAILABLE";
}

function factsOf(token: string, facts: unknown, ttlName: "ttl" | "lease_duration"): TokenFacts {
  const seconds = member(facts, ttlName);
  // 0 is a life without end.
  const lifeMs = typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : Number.POSITIVE_INFINITY;
  return { token, lifeMs, isRenewable: member(facts, "renewable") === true };
}
