import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { type LoopbackServer, readBody, startLoopbackServer } from "../../src/faults/index.js";

async function withServer(
  handle: Parameters<typeof startLoopbackServer>[0],
  use: (server: LoopbackServer) => Promise<void>,
): Promise<void> {
  const server = await startLoopbackServer(handle);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

describe("a server on loopback", () => {
  it("listens on a port of its own", () =>
    withServer(
      async (_, response) => void response.end("one"),
      (one) =>
        withServer(
          async (_, response) => void response.end("two"),
          async (two) => {
            expect(await (await fetch(one.url)).text()).toBe("one");
            expect(await (await fetch(two.url)).text()).toBe("two");
            expect(new URL(one.url)).toMatchObject({ hostname: "127.0.0.1", port: String(one.port) });
          },
        ),
    ));

  it("ends connections that wait for an answer when it is closed, and can be closed twice", async () => {
    const server = await startLoopbackServer(async () => {});
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: here\r\n\r\n");
    socket.on("error", () => {});
    await expect.poll(() => server.connections()).toBe(1);
    const closed = once(socket, "close");
    await server.close();
    await closed;
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it("answers 500 with the reason when the handler is defective", () =>
    withServer(
      async () => {
        throw new Error("a bug");
      },
      async ({ url }) => {
        const answer = await fetch(url);
        expect([answer.status, await answer.text()]).toEqual([500, "defect of the fake: Error: a bug"]);
      },
    ));

  it("reads a body up to its limit", () =>
    withServer(
      async (request, response) => void response.end(await readBody(request, 4)),
      async ({ url }) => {
        expect(await (await fetch(url, { method: "POST", body: "1234" })).text()).toBe("1234");
        expect((await fetch(url, { method: "POST", body: "12345" })).status).toBe(500);
      },
    ));
});
