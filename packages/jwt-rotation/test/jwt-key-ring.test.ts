import crypto, { createHmac, createSecretKey } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { createSecrets, type MemoryProvider, memoryProvider } from "@qarion/secrets-core";
import { fakeClock } from "@qarion-testing/support";
import { jwtVerify, SignJWT } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createJwtKeyRing, type JwtKeyRing } from "../src/index.js";
import { encodeHeader } from "../src/jwt-header.js";
import { codeOf, rawToken } from "./helpers.js";
import {
  type Answer,
  hourMs,
  maxStaleMs,
  minuteMs,
  type OpenRing,
  openRing,
  SlotStore,
  strongKey,
  ttlMs,
} from "./slot-store.js";

const outage = { code: "ERR_SECRETS_UNAVAILABLE" } as const;
const denied = { code: "ERR_SECRETS_ACCESS_DENIED" } as const;
const propagationMs = ttlMs + maxStaleMs;

/** By the formula of the design, apart from the code under test. */
function expectedKid(key: string, ring = "sessions"): string {
  const digest = createHmac("sha256", Buffer.from(key, "utf8"))
    .update("qarion/kid/v1")
    .update(Buffer.of(0))
    .update(ring);
  return digest.digest().subarray(0, 9).toString("base64url");
}

const headerOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const keyOf = (text: string) => createSecretKey(Buffer.from(text, "utf8"));

/** A token as another holder of the key could make it. */
function tokenBy(key: string, header: object, claims: object): string {
  return rawToken(JSON.stringify({ alg: "HS256", typ: "JWT", ...header }), JSON.stringify(claims), keyOf(key));
}
const freshClaims = ({ clock }: Pick<OpenRing, "clock">, more: object = {}) => {
  const now = Math.floor(clock.now() / 1_000);
  return { sub: "user-1", iat: now, exp: now + 600, ...more };
};
const sign = (ring: JwtKeyRing, expiresInSeconds = 600) => ring.sign({ sub: "user-1" }, { expiresInSeconds });
const states = (ring: JwtKeyRing) => ring.status().map(({ keyId, state }) => `${state} ${keyId}`);

/** The result of work that waits on the fake clock. */
async function after<T>(clock: OpenRing["clock"], ms: number, work: Promise<T>): Promise<T> {
  work.catch(() => undefined); // told below
  await clock.advance(ms);
  return work;
}
async function codeAfter(clock: OpenRing["clock"], ms: number, work: Promise<unknown>) {
  try {
    await after(clock, ms, work);
  } catch (error) {
    return codeOf(() => {
      throw error;
    });
  }
  return "accepted";
}

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** How many HMACs the work takes, whether it is accepted or refused. */
function hmacsOf(work: () => unknown): number {
  const spy = vi.spyOn(crypto, "createHmac");
  syncBuiltinESMExports();
  codeOf(work);
  const { length } = spy.mock.calls;
  spy.mockRestore();
  syncBuiltinESMExports();
  return length;
}

describe("a token of the ring", () => {
  it("names its key by the id that the formula gives, and holds iat and exp", async () => {
    const key = strongKey();
    const { ring, clock } = await openRing({ SECRET_KEY: key });
    const token = sign(ring);
    const now = Math.floor(clock.now() / 1_000);
    expect(headerOf(token)).toEqual({ alg: "HS256", typ: "JWT", kid: expectedKid(key) });
    expect(payloadOf(token)).toEqual({ sub: "user-1", iat: now, exp: now + 600 });
    expect(states(ring)).toEqual([`current ${expectedKid(key)}`]);
  });

  it("is verified to its claims, frozen, with the key that signed it", async () => {
    const key = strongKey();
    const { ring } = await openRing({ SECRET_KEY: key });
    const verified = ring.verify(ring.sign({ sub: "user-1", roles: ["a"] }, { expiresInSeconds: 60 }));
    expect(verified).toMatchObject({ kid: expectedKid(key), keyState: "current", payload: { roles: ["a"] } });
    expect(Object.isFrozen(verified.payload)).toBe(true);
    expect(Object.isFrozen(verified.payload.roles)).toBe(true);
  });

  it("is verified by jose and by jsonwebtoken", async () => {
    const key = strongKey();
    const options = { issuer: "qarion", audience: "api" };
    const { ring, clock } = await openRing({ SECRET_KEY: key }, options);
    const token = sign(ring);
    const currentDate = new Date(clock.now());
    const { payload } = await jwtVerify(token, Buffer.from(key), { ...options, algorithms: ["HS256"], currentDate });
    const clockTimestamp = Math.floor(clock.now() / 1_000);
    const legacy = jsonwebtoken.verify(token, keyOf(key), { ...options, algorithms: ["HS256"], clockTimestamp });
    expect(payload).toMatchObject({ sub: "user-1", iss: "qarion", aud: "api" });
    expect(legacy).toEqual(payload);
  });

  it("may be made by jose, with the ring's kid or without any, or by jsonwebtoken", async () => {
    const key = strongKey();
    const { ring, clock } = await openRing({ SECRET_KEY: key });
    const { iat, exp } = freshClaims({ clock });
    for (const kid of [{ kid: expectedKid(key) }, {}]) {
      const token = await new SignJWT({ sub: "user-1" })
        .setProtectedHeader({ alg: "HS256", ...kid })
        .setIssuedAt(iat)
        .setExpirationTime(exp)
        .sign(Buffer.from(key));
      expect(ring.verify(token)).toMatchObject({ kid: expectedKid(key), payload: { sub: "user-1" } });
    }
    const byOther = jsonwebtoken.sign({ sub: "user-1", iat, exp }, keyOf(key), { algorithm: "HS256" });
    expect(ring.verify(byOther).payload).toMatchObject({ sub: "user-1" });
  });

  it("counts as a use of its key, when it is signed and when it is verified; a refused one does not", async () => {
    const { ring, clock } = await openRing({ SECRET_KEY: strongKey() });
    const token = sign(ring, 60);
    ring.verify(token);
    await clock.advance(minuteMs + 5_000);
    expect(codeOf(() => ring.verify(token))).toBe("ERR_JWT_EXPIRED");
    expect(codeOf(() => sign(ring, 901))).toBe("ERR_JWT_CLAIMS");
    expect(ring.status()[0]).toMatchObject({ uses: 2, safeToRemove: false, because: "it signs new tokens" });
  });

  it("keeps the issuer and the audience of the ring", async () => {
    const key = strongKey();
    const { ring } = await openRing({ SECRET_KEY: key }, { issuer: "qarion", audience: "api" });
    const other = await openRing({ SECRET_KEY: key }, { issuer: "qarion", audience: "web" });
    expect(ring.verify(sign(ring)).payload).toMatchObject({ iss: "qarion", aud: "api" });
    expect(codeOf(() => ring.verify(sign(other.ring)))).toBe("ERR_JWT_CLAIMS");
    expect(codeOf(() => ring.sign({ iss: "another" }, { expiresInSeconds: 60 }))).toBe("ERR_JWT_CLAIMS");
  });
});

describe("rule 1: weak keys", () => {
  const weak = "supersecret";
  const published = "super-secret-jwt-token-with-at-least-32-characters-long";

  it.each(["SECRET_KEY", "SECRET_KEY_PREVIOUS", "SECRET_KEY_NEXT", "SECRET_KEY@previous", "SECRET_KEY@pending"])(
    "are refused in every slot: %s",
    async (slot) => {
      for (const value of ["x".repeat(31), weak, published, "\0".repeat(64)]) {
        const opening = openRing({ SECRET_KEY: strongKey(), [slot]: value });
        await expect(opening).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE" });
        await expect(opening).rejects.not.toThrow(new RegExp(value));
      }
    },
  );

  it("at run time end signing, while the tokens that are out stay valid", async () => {
    const { ring, store, clock } = await openRing({ SECRET_KEY: strongKey() });
    const token = sign(ring);
    store.answers = { SECRET_KEY: weak };
    await clock.advance(ttlMs);
    expect(ring.verify(token).keyState).toBe("current");
    expect(codeOf(() => sign(ring))).toBe("ERR_JWT_STALE");
  });

  it("where they are allowed have no kid in tokens and a label in the status; all of them still verify", async () => {
    const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const strong = strongKey();
    const { ring, store } = await openRing({ SECRET_KEY: weak, SECRET_KEY_PREVIOUS: strong }, { allowWeakKeys: true });
    const byWeak = sign(ring);
    expect(headerOf(byWeak)).toEqual({ alg: "HS256", typ: "JWT" });
    expect(states(ring)).toEqual(["current weak:SECRET_KEY", `previous ${expectedKid(strong)}`]);
    expect(ring.verify(byWeak)).toMatchObject({ kid: "weak:SECRET_KEY", keyState: "current" });
    const byStrong = tokenBy(strong, { kid: expectedKid(strong) }, payloadOf(byWeak));
    expect(ring.verify(byStrong)).toMatchObject({ kid: expectedKid(strong), keyState: "previous" });
    store.answers = { SECRET_KEY: strong, SECRET_KEY_PREVIOUS: weak };
    await ring.ready();
    expect(emitted).toHaveBeenCalledTimes(1);
    const [message, options] = emitted.mock.calls[0] ?? [];
    expect(message).toContain("SECRET_KEY");
    expect(message).not.toContain(weak);
    expect(options).toMatchObject({ code: "QARION_WEAK_KEY" });
  });

  it("cannot be asked for by a kid: not by their label, and not by the id that the formula would give", async () => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const opened = await openRing({ SECRET_KEY: weak }, { allowWeakKeys: true });
    for (const kid of ["weak:SECRET_KEY", expectedKid(weak)]) {
      expect(codeOf(() => opened.ring.verify(tokenBy(weak, { kid }, freshClaims(opened))))).toBe("ERR_JWT_UNKNOWN_KEY");
    }
  });

  it("do not become strong by being blank: that is never a key", async () => {
    for (const blank of ["", "  ", "\n"]) {
      await expect(openRing({ SECRET_KEY: blank }, { allowWeakKeys: true })).rejects.toMatchObject({
        code: "ERR_SECRETS_INVALID_VALUE",
      });
    }
    const { ring } = await openRing({ SECRET_KEY: strongKey(), SECRET_KEY_PREVIOUS: "", SECRET_KEY_NEXT: " " });
    expect(ring.status()).toHaveLength(1);
  });

  it("warn nobody while there are none", async () => {
    const emitted = vi.spyOn(process, "emitWarning");
    await openRing({ SECRET_KEY: strongKey() }, { allowWeakKeys: true });
    expect(emitted).not.toHaveBeenCalled();
  });
});

describe("which keys are asked", () => {
  const [current, previous, next] = [strongKey(), strongKey(), strongKey()];
  const three = { SECRET_KEY: current, SECRET_KEY_PREVIOUS: previous, SECRET_KEY_NEXT: next };

  it("a known kid: that key alone, whatever its state", async () => {
    const opened = await openRing(three);
    for (const [key, keyState] of [
      [current, "current"],
      [previous, "previous"],
      [next, "pending"],
    ] as const) {
      const token = tokenBy(key, { kid: expectedKid(key) }, freshClaims(opened));
      expect(opened.ring.verify(token)).toMatchObject({ kid: expectedKid(key), keyState });
    }
  });

  it("a known kid under another key's signature is refused, though the ring holds that other key", async () => {
    const opened = await openRing(three);
    for (const [named, signer] of [
      [current, previous],
      [previous, current],
      [next, current],
      [current, next],
    ] as const) {
      const token = tokenBy(signer, { kid: expectedKid(named) }, freshClaims(opened));
      expect(codeOf(() => opened.ring.verify(token))).toBe("ERR_JWT_SIGNATURE");
      await expect(opened.ring.verifyAsync(token)).rejects.toMatchObject({ code: "ERR_JWT_SIGNATURE" });
    }
    expect(opened.store.asked.SECRET_KEY).toBe(1); // a forged signature makes nobody refresh
  });

  it("an unknown kid: none, though a key of the ring made the signature", async () => {
    const opened = await openRing(three);
    const token = tokenBy(current, { kid: "somebody-else" }, freshClaims(opened));
    expect(codeOf(() => opened.ring.verify(token))).toBe("ERR_JWT_UNKNOWN_KEY");
  });

  it("no kid: every key, none skipped, whichever it was: the time tells nothing", async () => {
    const opened = await openRing(three);
    const byAnyKey = [current, previous, next, strongKey()].map((key) => tokenBy(key, {}, freshClaims(opened)));
    expect(byAnyKey.map((token) => hmacsOf(() => opened.ring.verify(token)))).toEqual([3, 3, 3, 3]);
    expect(byAnyKey.slice(0, 3).map((token) => opened.ring.verify(token).keyState)).toEqual([
      "current",
      "previous",
      "pending",
    ]);
    expect(codeOf(() => opened.ring.verify(byAnyKey[3] ?? ""))).toBe("ERR_JWT_SIGNATURE");
  });

  it("a kid: one HMAC when it is known, none when it is not", async () => {
    const opened = await openRing(three);
    const known = tokenBy(previous, { kid: expectedKid(previous) }, freshClaims(opened));
    const forged = tokenBy(current, { kid: expectedKid(previous) }, freshClaims(opened));
    const unknown = tokenBy(current, { kid: "somebody-else" }, freshClaims(opened));
    expect([known, forged, unknown].map((token) => hmacsOf(() => opened.ring.verify(token)))).toEqual([1, 1, 0]);
    expect(hmacsOf(() => sign(opened.ring))).toBe(1);
  });

  it("the current key signs, never the pending or the previous one", async () => {
    const { ring } = await openRing(three);
    expect(headerOf(sign(ring)).kid).toBe(expectedKid(current));
  });

  it("slots that the user names take the place of the guessed ones", async () => {
    const [old, older, staged] = [strongKey(), strongKey(), strongKey()];
    const answers = { ...three, OLD: old, OLDER: older, STAGED: staged };
    const { ring } = await openRing(answers, { previous: ["OLD", "OLDER"], next: "STAGED" });
    expect(states(ring)).toEqual([
      `current ${expectedKid(current)}`,
      `pending ${expectedKid(staged)}`,
      `previous ${expectedKid(old)}`,
      `previous ${expectedKid(older)}`,
    ]);
    const single = await openRing(answers, { previous: "OLD" });
    expect(single.ring.status().map(({ state }) => state)).toEqual(["current", "pending", "previous"]);
    const none = await openRing(answers, { previous: [] });
    expect(none.ring.status().map(({ state }) => state)).toEqual(["current", "pending"]);
  });

  it("keys may be members of one JSON secret", async () => {
    const document = JSON.stringify({ SECRET_KEY: current, SECRET_KEY_PREVIOUS: previous, SECRET_KEY_NEXT: next });
    const opened = await openRing({ app: document }, { current: "app#SECRET_KEY" });
    expect(opened.ring.status().map(({ state }) => state)).toEqual(["current", "pending", "previous"]);
    expect(opened.ring.verify(tokenBy(previous, {}, freshClaims(opened))).keyState).toBe("previous");
  });
});

describe("kidless", () => {
  const key = strongKey();
  const named = { issuer: "qarion", audience: "api" } as const;
  const open = (kidless?: "reject" | "strict" | "legacy", options: object = {}) =>
    openRing({ SECRET_KEY: key }, { ...(kidless === undefined ? {} : { kidless }), ...options });
  const verdict = (opened: OpenRing, claims: object, header: object = {}) =>
    codeOf(() => opened.ring.verify(tokenBy(key, header, claims)));

  it('"reject" refuses every token without kid, and asks no key and no store', async () => {
    const opened = await open("reject");
    const token = tokenBy(key, {}, freshClaims(opened));
    expect(hmacsOf(() => opened.ring.verify(token))).toBe(0);
    expect(codeOf(() => opened.ring.verify(token))).toBe("ERR_JWT_UNKNOWN_KEY");
    expect(await codeAfter(opened.clock, 2_000, opened.ring.verifyAsync(token))).toBe("ERR_JWT_UNKNOWN_KEY");
    expect(opened.store.asked.SECRET_KEY).toBe(1);
    expect(opened.ring.verify(sign(opened.ring)).keyState).toBe("current");
  });

  it('"strict", the default, wants every claim that is wanted of a token with kid', async () => {
    for (const kidless of ["strict", undefined] as const) {
      const opened = await open(kidless, named);
      const claims = freshClaims(opened, { iss: "qarion", aud: "api" });
      expect(verdict(opened, claims)).toBe("accepted");
      for (const claim of ["iat", "exp", "iss", "aud"]) {
        expect(verdict(opened, { ...claims, [claim]: undefined })).toBe("ERR_JWT_CLAIMS");
      }
    }
  });

  it('"legacy" takes tokens of sub and exp alone, as many Python services make them', async () => {
    const opened = await open("legacy", named);
    const { exp } = freshClaims(opened);
    expect(verdict(opened, { sub: "user-1", exp })).toBe("accepted");
    expect(verdict(opened, { sub: "user-1" })).toBe("ERR_JWT_CLAIMS");
  });

  it('"legacy" forgives what is missing and not what is wrong', async () => {
    const opened = await open("legacy", named);
    const { iat, exp } = freshClaims(opened);
    expect(verdict(opened, { exp, iss: "another" })).toBe("ERR_JWT_CLAIMS");
    expect(verdict(opened, { exp, aud: "another" })).toBe("ERR_JWT_CLAIMS");
    expect(verdict(opened, { exp, iat: iat + 60 })).toBe("ERR_JWT_NOT_YET");
    expect(verdict(opened, { exp: iat - 60 })).toBe("ERR_JWT_EXPIRED");
    expect(verdict(opened, { exp: iat + 906 })).toBe("ERR_JWT_CLAIMS"); // further ahead than the longest lifetime
  });

  it('"legacy" forgives nothing in a token with kid', async () => {
    const opened = await open("legacy");
    const { exp } = freshClaims(opened);
    expect(verdict(opened, { sub: "user-1", exp }, { kid: expectedKid(key) })).toBe("ERR_JWT_CLAIMS");
  });
});

describe("an unknown kid", () => {
  async function rotatedElsewhere(options: object = {}) {
    const [old, young] = [strongKey(), strongKey()];
    const opened = await openRing({ SECRET_KEY: old }, options);
    opened.store.answers = { SECRET_KEY: young, SECRET_KEY_PREVIOUS: old };
    return { ...opened, old, young };
  }

  it("is refused by verify, which does not refresh", async () => {
    const opened = await rotatedElsewhere();
    const token = tokenBy(opened.young, { kid: expectedKid(opened.young) }, freshClaims(opened));
    expect(codeOf(() => opened.ring.verify(token))).toBe("ERR_JWT_UNKNOWN_KEY");
    expect(opened.store.asked.SECRET_KEY).toBe(1);
  });

  it("makes verifyAsync refresh: the key was promoted elsewhere", async () => {
    const opened = await rotatedElsewhere();
    const token = tokenBy(opened.young, { kid: expectedKid(opened.young) }, freshClaims(opened));
    await expect(opened.ring.verifyAsync(token)).resolves.toMatchObject({ keyState: "current" });
    expect(opened.ring.verify(tokenBy(opened.old, {}, freshClaims(opened))).keyState).toBe("previous");
  });

  it("no kid and no key that made the signature: refreshes the same", async () => {
    for (const kidless of ["strict", "legacy"] as const) {
      const opened = await rotatedElsewhere({ kidless });
      const token = tokenBy(opened.young, {}, freshClaims(opened));
      expect(codeOf(() => opened.ring.verify(token))).toBe("ERR_JWT_SIGNATURE");
      await expect(opened.ring.verifyAsync(token)).resolves.toMatchObject({ kid: expectedKid(opened.young) });
    }
  });

  it("refreshes once a second, however many made-up tokens come", async () => {
    const opened = await openRing({ SECRET_KEY: strongKey() });
    const waits: Promise<unknown>[] = [];
    for (let round = 0; round < 50; round += 1) {
      for (let each = 0; each < 10; each += 1) {
        const token = tokenBy(strongKey(), { kid: `made-up-${round}-${each}` }, freshClaims(opened));
        waits.push(opened.ring.verifyAsync(token).catch((error: unknown) => error));
      }
      await opened.clock.advance(100);
    }
    await opened.clock.advance(1_000);
    for (const error of await Promise.all(waits)) expect(error).toMatchObject({ code: "ERR_JWT_UNKNOWN_KEY" });
    expect((opened.store.asked.SECRET_KEY ?? 0) - 1).toBeLessThanOrEqual(6);
    expect((opened.store.asked.SECRET_KEY ?? 0) - 1).toBeGreaterThanOrEqual(5);
  });

  it("within the cooldown waits for the refresh that follows it", async () => {
    const opened = await openRing({ SECRET_KEY: strongKey() });
    const first = opened.ring.verifyAsync(tokenBy(strongKey(), { kid: "made-up" }, freshClaims(opened)));
    await expect(first).rejects.toMatchObject({ code: "ERR_JWT_UNKNOWN_KEY" });
    const young = strongKey();
    opened.store.answers = { SECRET_KEY: young };
    const second = opened.ring.verifyAsync(tokenBy(young, { kid: expectedKid(young) }, freshClaims(opened)));
    await opened.clock.advance(999);
    expect(opened.store.asked.SECRET_KEY).toBe(2);
    await opened.clock.advance(1);
    await expect(second).resolves.toMatchObject({ keyState: "current" });
  });

  it("is answered STALE beyond 1,000 who wait, and known keys are served all the while", async () => {
    const opened = await openRing({ SECRET_KEY: strongKey() });
    const madeUp = tokenBy(strongKey(), { kid: "made-up" }, freshClaims(opened));
    await expect(opened.ring.verifyAsync(madeUp)).rejects.toMatchObject({ code: "ERR_JWT_UNKNOWN_KEY" });
    const waits = Array.from({ length: 1_000 }, () => opened.ring.verifyAsync(madeUp).catch((error: unknown) => error));
    await expect(opened.ring.verifyAsync(madeUp)).rejects.toMatchObject({ code: "ERR_JWT_STALE", retryable: true });
    await expect(opened.ring.verifyAsync(sign(opened.ring))).resolves.toMatchObject({ keyState: "current" });
    await opened.clock.advance(1_000);
    for (const error of await Promise.all(waits)) expect(error).toMatchObject({ code: "ERR_JWT_UNKNOWN_KEY" });
  });

  it("is answered STALE and not UNKNOWN_KEY while the store cannot be asked: nobody knows", async () => {
    const opened = await rotatedElsewhere();
    const token = tokenBy(opened.young, { kid: expectedKid(opened.young) }, freshClaims(opened));
    const { answers } = opened.store;
    for (const slot of ["SECRET_KEY", "SECRET_KEY_PREVIOUS", "SECRET_KEY@pending"]) {
      opened.store.answers = { ...answers, SECRET_KEY: opened.old, [slot]: outage };
      const error = await after(opened.clock, 1_000, opened.ring.verifyAsync(token)).catch((raw: unknown) => raw);
      expect(error, slot).toMatchObject({ code: "ERR_JWT_STALE", retryable: true });
      expect((error as Error).cause, slot).toMatchObject({ code: "ERR_SECRETS_UNAVAILABLE" });
    }
    opened.store.answers = answers;
    expect(await codeAfter(opened.clock, 1_000, opened.ring.verifyAsync(token))).toBe("accepted");
  });

  it("that the refresh finds is still held to its signature and its claims", async () => {
    const opened = await rotatedElsewhere();
    const kid = expectedKid(opened.young);
    const forged = tokenBy(opened.old, { kid }, freshClaims(opened));
    expect(await codeAfter(opened.clock, 0, opened.ring.verifyAsync(forged))).toBe("ERR_JWT_SIGNATURE");
    const again = await rotatedElsewhere();
    const { iat } = freshClaims(again);
    const expired = tokenBy(again.young, { kid: expectedKid(again.young) }, { iat: iat - 900, exp: iat - 60 });
    expect(await codeAfter(again.clock, 0, again.ring.verifyAsync(expired))).toBe("ERR_JWT_EXPIRED");
  });

  it("what cannot be a token of the ring makes nobody refresh", async () => {
    const opened = await openRing({ SECRET_KEY: strongKey() });
    const token = sign(opened.ring);
    const cases: [string, string][] = [
      ["", "ERR_JWT_MALFORMED"],
      ["no token", "ERR_JWT_MALFORMED"],
      [`${token}x`, "ERR_JWT_MALFORMED"],
      [rawToken('{"alg":"none"}', "{}", keyOf(strongKey())), "ERR_JWT_ALGORITHM"],
      [rawToken('{"alg":"HS512","kid":"x"}', "{}", keyOf(strongKey())), "ERR_JWT_ALGORITHM"],
    ];
    for (const [text, code] of cases)
      expect(await codeAfter(opened.clock, 0, opened.ring.verifyAsync(text))).toBe(code);
    expect(opened.store.asked.SECRET_KEY).toBe(1);
  });
});

describe("rule 4: when a previous key stops", () => {
  const lifetimeMs = 900_000;
  const skewMs = 5_000;
  const promotedAt = new Date(Date.UTC(2026, 0, 1) - 60_000);
  const end = promotedAt.getTime() + ttlMs + maxStaleMs + lifetimeMs + 2 * skewMs;
  const [current, previous] = [strongKey(), strongKey()];

  async function untilTheEnd(answers: Record<string, Answer>, options: object = {}) {
    const opened = await openRing({ SECRET_KEY_PREVIOUS: previous, ...answers }, options);
    return {
      ...opened,
      verdict: (header: object) => codeOf(() => opened.ring.verify(tokenBy(previous, header, freshClaims(opened)))),
    };
  }

  it.each<[string, Record<string, Answer>]>([
    ["the provider's activation time", { SECRET_KEY: { value: current, activatedAt: promotedAt } }],
    ["SECRET_KEY_ROTATED_AT in ISO 8601", { SECRET_KEY: current, SECRET_KEY_ROTATED_AT: promotedAt.toISOString() }],
    [
      "SECRET_KEY_ROTATED_AT in seconds",
      { SECRET_KEY: current, SECRET_KEY_ROTATED_AT: String(promotedAt.getTime() / 1_000) },
    ],
  ])("promotedAt + ttlMs + maxStaleMs + lifetime + 2 skew, by %s", async (_, answers) => {
    const { ring, clock, verdict } = await untilTheEnd(answers);
    const status = () => ring.status().find(({ state }) => state === "previous");
    expect(status()?.retireAfter).toEqual(new Date(end));
    await clock.advance(end - clock.now() - 1);
    expect(verdict({ kid: expectedKid(previous) })).toBe("accepted");
    expect(verdict({})).toBe("accepted");
    expect(status()).toMatchObject({
      safeToRemove: false,
      because: expect.stringContaining(new Date(end).toISOString()),
    });
    await clock.advance(1);
    expect(verdict({ kid: expectedKid(previous) })).toBe("ERR_JWT_UNKNOWN_KEY");
    expect(verdict({})).toBe("ERR_JWT_SIGNATURE");
    expect(status()).toMatchObject({
      safeToRemove: true,
      because: expect.stringContaining(new Date(end).toISOString()),
    });
  });

  it("although its value can still be read: no refresh brings it back", async () => {
    const opened = await untilTheEnd({ SECRET_KEY: { value: current, activatedAt: promotedAt } });
    await opened.clock.advance(end - opened.clock.now());
    const token = tokenBy(previous, { kid: expectedKid(previous) }, freshClaims(opened));
    expect(await codeAfter(opened.clock, 2_000, opened.ring.verifyAsync(token))).toBe("ERR_JWT_UNKNOWN_KEY");
    await opened.clock.advance(24 * hourMs);
    expect(opened.verdict({ kid: expectedKid(previous) })).toBe("ERR_JWT_UNKNOWN_KEY");
  });

  it("with the skew that was configured", async () => {
    const { ring } = await untilTheEnd(
      { SECRET_KEY: { value: current, activatedAt: promotedAt } },
      { clockSkewSeconds: 60, maxTokenLifetimeSeconds: 3_600 },
    );
    const expected = promotedAt.getTime() + ttlMs + maxStaleMs + 3_600_000 + 2 * 60_000;
    expect(ring.status()[1]?.retireAfter).toEqual(new Date(expected));
  });

  it("a time that nobody says: accepted without an end, and the status says what is missing", async () => {
    const { ring, clock, verdict } = await untilTheEnd({ SECRET_KEY: current });
    await clock.advance(7 * 24 * hourMs);
    expect(verdict({ kid: expectedKid(previous) })).toBe("accepted");
    const status = ring.status()[1];
    expect(status).toMatchObject({ safeToRemove: "unknown", because: expect.stringContaining("_ROTATED_AT") });
    expect(status).not.toHaveProperty("retireAfter");
  });

  it("a bad SECRET_KEY_ROTATED_AT is an error at the start and no harm later", async () => {
    await expect(
      openRing({ SECRET_KEY: current, SECRET_KEY_PREVIOUS: previous, SECRET_KEY_ROTATED_AT: "yesterday" }),
    ).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_VALUE", secretName: "SECRET_KEY_ROTATED_AT" });
    const { ring, store, clock, verdict } = await untilTheEnd({
      SECRET_KEY: current,
      SECRET_KEY_ROTATED_AT: promotedAt.toISOString(),
    });
    store.answers = { ...store.answers, SECRET_KEY_ROTATED_AT: "yesterday" };
    await clock.advance(ttlMs);
    expect(ring.status()[1]?.retireAfter).toEqual(new Date(end));
    expect(verdict({ kid: expectedKid(previous) })).toBe("accepted");
  });

  it("a key that this process saw in use is no evidence for its removal, however long ago", async () => {
    const { ring, store, clock } = await openRing({ SECRET_KEY: previous });
    store.answers = { SECRET_KEY: current, SECRET_KEY_PREVIOUS: outage };
    await clock.advance(ttlMs);
    const token = tokenBy(previous, { kid: expectedKid(previous) }, freshClaims({ clock }));
    expect(ring.verify(token).keyState).toBe("previous");
    await clock.advance(24 * hourMs);
    const late = tokenBy(previous, { kid: expectedKid(previous) }, freshClaims({ clock }));
    expect(codeOf(() => ring.verify(late))).toBe("ERR_JWT_UNKNOWN_KEY"); // it stops all the same
    expect(ring.status()[1]).toMatchObject({ state: "previous", safeToRemove: "unknown" });
  });

  it("an explicit not found stops it at once", async () => {
    const { store, clock, verdict } = await untilTheEnd({ SECRET_KEY: { value: current, activatedAt: promotedAt } });
    store.answers = { SECRET_KEY: { value: current, activatedAt: promotedAt } };
    await clock.advance(ttlMs);
    expect(verdict({ kid: expectedKid(previous) })).toBe("ERR_JWT_UNKNOWN_KEY");
  });
});

describe("rule 5: outage", () => {
  it("verifying goes on; signing stops after ttlMs + maxStaleMs with STALE, which is retryable, and comes back", async () => {
    const key = strongKey();
    const opened = await openRing({ SECRET_KEY: key });
    opened.store.answers = { SECRET_KEY: outage };
    await opened.clock.advance(propagationMs);
    expect(codeOf(() => sign(opened.ring))).toBe("accepted");
    await opened.clock.advance(1);
    expect(() => sign(opened.ring)).toThrow(
      expect.objectContaining({
        code: "ERR_JWT_STALE",
        retryable: true,
        cause: expect.objectContaining({ code: "ERR_SECRETS_UNAVAILABLE" }),
      }),
    );
    await opened.clock.advance(5 * hourMs);
    const token = tokenBy(key, { kid: expectedKid(key) }, freshClaims(opened));
    expect(opened.ring.verify(token).keyState).toBe("current");
    await expect(opened.ring.verifyAsync(token)).resolves.toMatchObject({ keyState: "current" });
    opened.store.answers = { SECRET_KEY: key };
    await opened.clock.advance(30_000);
    expect(codeOf(() => sign(opened.ring))).toBe("accepted");
  });

  it("denied: both stop, and both come back", async () => {
    const key = strongKey();
    const { ring, store, clock } = await openRing({ SECRET_KEY: key });
    const token = sign(ring);
    store.answers = { SECRET_KEY: denied };
    await clock.advance(ttlMs);
    const stopped = expect.objectContaining({
      code: "ERR_JWT_STALE",
      cause: expect.objectContaining({ code: "ERR_SECRETS_ACCESS_DENIED" }),
    });
    expect(() => sign(ring)).toThrow(stopped);
    expect(() => ring.verify(token)).toThrow(stopped);
    await expect(ring.verifyAsync(token)).rejects.toMatchObject({ code: "ERR_JWT_STALE" });
    store.answers = { SECRET_KEY: key };
    await clock.advance(30_000);
    expect(codeOf(() => sign(ring))).toBe("accepted");
    expect(codeOf(() => ring.verify(token))).toBe("accepted");
  });

  it("a missing current key: signing stops, the previous key goes on", async () => {
    const [current, previous] = [strongKey(), strongKey()];
    const opened = await openRing({ SECRET_KEY: current, SECRET_KEY_PREVIOUS: previous });
    opened.store.answers = { SECRET_KEY_PREVIOUS: previous };
    await opened.clock.advance(ttlMs);
    expect(() => sign(opened.ring)).toThrow(
      expect.objectContaining({
        code: "ERR_JWT_STALE",
        cause: expect.objectContaining({ code: "ERR_SECRETS_NOT_FOUND" }),
      }),
    );
    const by = (key: string) => tokenBy(key, { kid: expectedKid(key) }, freshClaims(opened));
    expect(opened.ring.verify(by(previous)).keyState).toBe("previous");
    expect(codeOf(() => opened.ring.verify(by(current)))).toBe("ERR_JWT_UNKNOWN_KEY");
    opened.store.answers = { SECRET_KEY: current, SECRET_KEY_PREVIOUS: previous };
    await opened.clock.advance(30_000);
    expect(codeOf(() => sign(opened.ring))).toBe("accepted");
  });

  it.each<[string, Record<string, Answer>, string]>([
    ["missing", {}, "ERR_SECRETS_NOT_FOUND"],
    ["blank", { SECRET_KEY: " " }, "ERR_SECRETS_INVALID_VALUE"],
    ["denied", { SECRET_KEY: denied }, "ERR_SECRETS_ACCESS_DENIED"],
    ["out of reach", { SECRET_KEY: outage }, "ERR_SECRETS_UNAVAILABLE"],
    ["previous without current", { SECRET_KEY_PREVIOUS: strongKey() }, "ERR_SECRETS_INVALID_CONFIG"],
    ["previous stage without current", { "SECRET_KEY@previous": strongKey() }, "ERR_SECRETS_INVALID_CONFIG"],
  ])("no start when the current key is %s", async (_, answers, code) => {
    await expect(openRing(answers)).rejects.toMatchObject({ code });
  });

  it("a provider without stages needs none, and a policy that names only the key is enough", async () => {
    const key = strongKey();
    for (const code of ["ERR_SECRETS_UNSUPPORTED", "ERR_SECRETS_ACCESS_DENIED"] as const) {
      const guesses = [
        "SECRET_KEY@previous",
        "SECRET_KEY@pending",
        "SECRET_KEY_PREVIOUS",
        "SECRET_KEY_NEXT",
        "SECRET_KEY_ROTATED_AT",
      ];
      const { ring } = await openRing({
        SECRET_KEY: key,
        ...Object.fromEntries(guesses.map((slot) => [slot, { code }])),
      });
      expect(states(ring)).toEqual([`current ${expectedKid(key)}`]);
    }
  });

  it("close stops the refreshing; tokens of keys that it does not hold are STALE from then on", async () => {
    const key = strongKey();
    const { ring, store, clock } = await openRing({ SECRET_KEY: key });
    const token = sign(ring);
    await ring.close();
    await clock.advance(hourMs);
    expect(store.asked.SECRET_KEY).toBe(1);
    const unknown = tokenBy(strongKey(), { kid: "made-up" }, freshClaims({ clock }));
    expect(await codeAfter(clock, 1_000, ring.verifyAsync(unknown))).toBe("ERR_JWT_STALE");
    expect(store.asked.SECRET_KEY).toBe(1);
    expect(codeOf(() => ring.verify(token))).toBe("ERR_JWT_EXPIRED"); // by its own claims, not for want of a key
  });

  it("ready() refreshes if that is due", async () => {
    const [old, young] = [strongKey(), strongKey()];
    const { ring, store, clock } = await openRing({ SECRET_KEY: old });
    store.answers = { SECRET_KEY: young, SECRET_KEY_PREVIOUS: old };
    await ring.ready();
    expect(headerOf(sign(ring)).kid).toBe(expectedKid(old));
    clock.freeze(ttlMs);
    await ring.ready();
    expect(headerOf(sign(ring)).kid).toBe(expectedKid(young));
  });
});

describe("two rings of one Secrets", () => {
  async function both(answers: Record<string, string>) {
    const clock = fakeClock();
    const provider = new SlotStore(answers);
    const secrets = createSecrets({ provider, clock });
    const common = { secrets, maxTokenLifetimeSeconds: 900 };
    const sessions = await createJwtKeyRing({ ...common, name: "sessions", current: "SECRET_KEY" });
    const control = await createJwtKeyRing({ ...common, name: "control-plane", current: "CONTROL_PLANE_SECRET_KEY" });
    return { clock, provider, sessions, control };
  }

  it("do not accept each other's tokens, with kid or without", async () => {
    const [one, two] = [strongKey(), strongKey()];
    const { sessions, control, clock } = await both({ SECRET_KEY: one, CONTROL_PLANE_SECRET_KEY: two });
    expect(codeOf(() => control.verify(sign(sessions)))).toBe("ERR_JWT_UNKNOWN_KEY");
    expect(codeOf(() => sessions.verify(sign(control)))).toBe("ERR_JWT_UNKNOWN_KEY");
    expect(codeOf(() => control.verify(tokenBy(one, {}, freshClaims({ clock }))))).toBe("ERR_JWT_SIGNATURE");
    expect(await codeAfter(clock, 1_000, control.verifyAsync(sign(sessions)))).toBe("ERR_JWT_UNKNOWN_KEY");
  });

  it("may not hold one key: not at the start", async () => {
    const key = strongKey();
    await expect(both({ SECRET_KEY: key, CONTROL_PLANE_SECRET_KEY: key })).rejects.toMatchObject({
      code: "ERR_SECRETS_INVALID_CONFIG",
    });
    await expect(
      both({ SECRET_KEY: key, CONTROL_PLANE_SECRET_KEY: strongKey(), CONTROL_PLANE_SECRET_KEY_PREVIOUS: key }),
    ).rejects.toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG" });
  });

  it("may not hold one key: not later either", async () => {
    const [one, two] = [strongKey(), strongKey()];
    const { sessions, control, provider, clock } = await both({ SECRET_KEY: one, CONTROL_PLANE_SECRET_KEY: two });
    provider.answers = { SECRET_KEY: one, CONTROL_PLANE_SECRET_KEY: one, CONTROL_PLANE_SECRET_KEY_PREVIOUS: two };
    await clock.advance(ttlMs);
    expect(headerOf(sign(control)).kid).toBe(expectedKid(two, "control-plane"));
    expect(codeOf(() => control.verify(tokenBy(one, {}, freshClaims({ clock }))))).toBe("ERR_JWT_SIGNATURE");
    expect(headerOf(sign(sessions)).kid).toBe(expectedKid(one));
  });

  it("give one key different ids, should they be of different Secrets", async () => {
    const key = strongKey();
    const one = await openRing({ SECRET_KEY: key });
    const two = await openRing({ SECRET_KEY: key }, { name: "control-plane" });
    expect(headerOf(sign(one.ring)).kid).not.toBe(headerOf(sign(two.ring)).kid);
  });
});

describe("rule 3: a rotation under load, in two processes that learn of it at different times", () => {
  const cache = { ttlMs: minuteMs, maxStaleMs: 2 * minuteMs };
  const stepMs = 7_000;

  async function twoProcesses() {
    const clock = fakeClock();
    const provider = memoryProvider({ SECRET_KEY: strongKey() });
    const process = async () => {
      const secrets = createSecrets({ provider, clock, cache });
      const options = { secrets, name: "sessions", current: "SECRET_KEY", maxTokenLifetimeSeconds: 120 };
      return createJwtKeyRing(options);
    };
    const rings = [await process()];
    await clock.advance(23_000);
    rings.push(await process());
    return { clock, provider, rings };
  }

  const context = { signal: new AbortController().signal };
  const stage = async (provider: MemoryProvider, key: string) =>
    (await provider.put?.({ name: "SECRET_KEY", stage: "pending" }, key, context))?.version ?? "";
  const promote = (provider: MemoryProvider, version: string) => provider.promote?.("SECRET_KEY", version, context);

  /** Every token lives on after it was made, and every process has to accept it until it expires. */
  async function serve(
    { clock, rings }: Awaited<ReturnType<typeof twoProcesses>>,
    forMs: number,
    tokens: string[],
    verify: (ring: JwtKeyRing, token: string) => unknown,
  ) {
    const kids = new Set<string>();
    for (const end = clock.now() + forMs; clock.now() < end; await clock.advance(stepMs)) {
      for (const ring of rings) {
        const token = sign(ring, 120);
        tokens.push(token);
        kids.add(headerOf(token).kid);
      }
      const alive = tokens.filter((token) => payloadOf(token).exp * 1_000 > clock.now());
      tokens.splice(0, tokens.length, ...alive);
      for (const ring of rings) for (const token of alive) await verify(ring, token);
    }
    return kids;
  }

  it("with a pending step verify() refuses no valid token at any time", async () => {
    const processes = await twoProcesses();
    const tokens: string[] = [];
    const verify = (ring: JwtKeyRing, token: string) => ring.verify(token);
    const propagation = cache.ttlMs + cache.maxStaleMs;
    const { provider } = processes;
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await serve(processes, minuteMs, tokens, verify);
      const version = await stage(provider, strongKey());
      await serve(processes, propagation, tokens, verify);
      await promote(provider, version);
      const kids = await serve(processes, propagation, tokens, verify);
      expect(kids.size).toBe(2); // both keys were in use for a while
      expect((await serve(processes, stepMs, tokens, verify)).size).toBe(1);
    }
  });

  it("without one the gap is closed by the refresh of verifyAsync()", async () => {
    const processes = await twoProcesses();
    const { provider, clock, rings } = processes;
    let refusedBySync = 0;
    const tokens: string[] = [];
    const verify = async (ring: JwtKeyRing, token: string) => {
      if (codeOf(() => ring.verify(token)) !== "accepted") refusedBySync += 1;
      await after(clock, 0, ring.verifyAsync(token));
    };
    await serve(processes, minuteMs, tokens, verify);
    provider.rotate("SECRET_KEY", strongKey());
    await serve(processes, 3 * minuteMs, tokens, verify);
    expect(refusedBySync).toBeGreaterThan(0); // the gap is there
    expect(new Set(rings.map((ring) => headerOf(sign(ring, 120)).kid)).size).toBe(1);
  });

  it("follows a rotation with nobody asking", async () => {
    const { provider, clock, rings } = await twoProcesses();
    const young = strongKey();
    provider.rotate("SECRET_KEY", young);
    await clock.advance(cache.ttlMs);
    for (const ring of rings) expect(headerOf(sign(ring, 120)).kid).toBe(expectedKid(young));
  });

  it("keeps the ids of keys in all processes the same as they move", async () => {
    const { provider, clock, rings } = await twoProcesses();
    const young = strongKey();
    const version = await stage(provider, young);
    await clock.advance(cache.ttlMs);
    for (const ring of rings) expect(states(ring)).toContain(`pending ${expectedKid(young)}`);
    await promote(provider, version);
    await clock.advance(cache.ttlMs);
    for (const ring of rings) expect(states(ring)).toContain(`current ${expectedKid(young)}`);
    provider.rotate("SECRET_KEY", strongKey());
    await clock.advance(cache.ttlMs);
    for (const ring of rings) expect(states(ring)).toContain(`previous ${expectedKid(young)}`);
  });
});

describe("a header that the ring knows", () => {
  it("is matched by its text; another writing of it is parsed and means the same", async () => {
    const key = strongKey();
    const opened = await openRing({ SECRET_KEY: key });
    const kid = expectedKid(key);
    expect(sign(opened.ring).split(".")[0]).toBe(encodeHeader(kid));
    const other = rawToken(
      `{ "kid": "${kid}", "typ": "jwt", "alg": "HS256" }`,
      JSON.stringify(freshClaims(opened)),
      keyOf(key),
    );
    expect(opened.ring.verify(other).kid).toBe(kid);
  });
});
