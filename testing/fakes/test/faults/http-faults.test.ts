import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type HttpAnswer,
  type HttpFaults,
  httpFaults,
  type LoopbackServer,
  startLoopbackServer,
} from "../../src/faults/index.js";

const truth: HttpAnswer = { status: 200, headers: { "content-type": "application/json" }, body: '{"is":"the truth"}' };

let faults: HttpFaults;
let server: LoopbackServer;
let done: number;

beforeEach(async () => {
  faults = httpFaults();
  done = 0;
  server = await startLoopbackServer((call, response) =>
    faults.respond(call.url ?? "", response, () => {
      done++;
      return truth;
    }),
  );
});
afterEach(() => server.close());

/** The head of the answer, its body still to come. */
async function head(path = "/get", signal?: AbortSignal): Promise<IncomingMessage> {
  const call = request(`${server.url}${path}`, { agent: false, ...(signal === undefined ? {} : { signal }) }).end();
  const [response] = await once(call, "response");
  return response as IncomingMessage;
}

async function get(path?: string): Promise<{ status: number | undefined; body: string; complete: boolean }> {
  const response = await head(path);
  let body = "";
  try {
    for await (const chunk of response) body += chunk;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
  return { status: response.statusCode, body, complete: response.complete };
}

describe("HTTP faults", () => {
  it("leave a call alone that they are not for", async () => {
    faults.add({ kind: "reset" }, { operation: "/put" });
    expect(await get()).toEqual({ status: 200, body: truth.body, complete: true });
  });

  it("latency: the answer comes after the wait, and the operation takes place then", async () => {
    const slow = faults.add({ kind: "latency", ms: 30 });
    const answer = get();
    await slow.hit();
    expect(done).toBe(0);
    expect(await answer).toMatchObject({ status: 200, body: truth.body });
    expect(done).toBe(1);
  });

  it("latency: a client that has left in the meantime gets nothing done", async () => {
    const slow = faults.add({ kind: "latency", ms: 600_000 }, { times: 1 });
    const abort = new AbortController();
    const answer = head("/get", abort.signal);
    await slow.hit();
    abort.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => server.connections()).toBe(0);
    expect(done).toBe(0);
  });

  it("hold: the answer waits for the test", async () => {
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const held = faults.add({ kind: "hold", until });
    const answer = get();
    await held.hit();
    expect(done).toBe(0);
    release();
    expect(await answer).toMatchObject({ status: 200 });
  });

  it("hold and latency go on with another fault where they are told to", async () => {
    faults.add({ kind: "latency", ms: 1, next: { kind: "hold", until: Promise.resolve(), next: { kind: "proxy" } } });
    expect(await get()).toMatchObject({ status: 502 });
  });

  it("answer: another answer, and nothing is done", async () => {
    faults.add({ kind: "answer", answer: { status: 429, headers: {}, body: "later" } }, { times: 1 });
    faults.add({ kind: "answer", answer: () => ({ status: 503, headers: {}, body: String(done) }) });
    expect(await get()).toEqual({ status: 429, body: "later", complete: true });
    expect(await get()).toEqual({ status: 503, body: "0", complete: true });
  });

  it("rewrite: the true answer, changed", async () => {
    faults.add({ kind: "rewrite", rewrite: (answer) => ({ ...answer, body: `${answer.body}!` }) });
    expect(await get()).toEqual({ status: 200, body: `${truth.body}!`, complete: true });
    expect(done).toBe(1);
  });

  it.each([undefined, 502, 503, 504] as const)("proxy: an HTML page, status %s", async (status) => {
    faults.add({ kind: "proxy", ...(status === undefined ? {} : { status }) });
    const answer = await get();
    expect(answer.status).toBe(status ?? 502);
    expect(answer.body).toMatch(/^<html>/);
    expect(done).toBe(0);
  });

  it("garbage: success with a body that is no JSON", async () => {
    faults.add({ kind: "garbage" });
    const { status, body, complete } = await get();
    expect([status, complete]).toEqual([200, true]);
    expect(() => JSON.parse(body)).toThrow();
  });

  it("truncate: the connection ends in the middle of the body", async () => {
    faults.add({ kind: "truncate" });
    const half = String(truth.body).slice(0, truth.body.length / 2);
    expect(await get()).toEqual({ status: 200, body: half, complete: false });
  });

  it("drip: a byte now and then, for as long as the client listens", async () => {
    faults.add({ kind: "drip", everyMs: 1 });
    const response = await head();
    let body = "";
    response.on("data", (chunk) => {
      body += chunk;
    });
    await expect.poll(() => body.length).toBeGreaterThan(5);
    expect(body).toMatch(/^\{ +$/);
    response.destroy();
    await expect.poll(() => server.connections()).toBe(0);
  });

  it("reset: no byte of an answer", async () => {
    faults.add({ kind: "reset" });
    await expect(get()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(done).toBe(0);
  });

  it("hang: no answer, until the server ends the connection", async () => {
    const hung = faults.add({ kind: "hang" });
    const answer = get();
    answer.catch(() => {});
    await hung.hit();
    await server.close();
    await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(done).toBe(0);
  });

  it.each([
    { kind: "reset", applied: true },
    { kind: "proxy", applied: true },
    { kind: "answer", applied: true, answer: { status: 500, headers: {}, body: "" } },
  ] as const)("$kind with `applied`: what was asked for is done once, and only the answer is lost", async (fault) => {
    faults.add(fault);
    await get().catch(() => {});
    expect(done).toBe(1);
  });

  it("hang with `applied`: done, and never answered", async () => {
    faults.add({ kind: "hang", applied: true });
    get().catch(() => {});
    await expect.poll(() => done).toBe(1);
  });
});
