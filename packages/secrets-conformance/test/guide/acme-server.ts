import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Stage } from "@qarion/secrets-core";
import type { FailureMode } from "../../src/index.js";

interface Version {
  readonly id: string;
  readonly stage: Stage;
  readonly value: string;
}

export interface AcmeServer {
  readonly address: string;
  readonly token: string;
  write(name: string, value: string | Uint8Array, stage?: Stage): void;
  fail(mode: FailureMode | undefined): void;
  close(): Promise<void>;
}

const statusOf = { denied: 403, throttled: 429, unavailable: 503, unauthenticated: 401 } as const;

/** The store of the guide: `GET /v1/secrets/<name>?stage=<stage>` or `?version=<id>`, with `x-acme-token`. */
export async function startAcmeServer(): Promise<AcmeServer> {
  const token = `tokn${randomBytes(12).toString("hex")}`;
  const secrets = new Map<string, Version[]>();
  let failing: FailureMode | undefined;
  let lastVersion = 0;

  const server = createServer((request, response) => {
    if (failing === "hang") return;
    const url = new URL(request.url ?? "/", "http://acme.example");
    const name = /^\/v1\/secrets\/([^/]+)$/.exec(url.pathname)?.[1];
    const versions = name === undefined ? [] : (secrets.get(decodeURIComponent(name)) ?? []);
    const wanted = url.searchParams.get("version");
    const stage = url.searchParams.get("stage");
    const found = versions.findLast((each) => (wanted === null ? each.stage === stage : each.id === wanted));
    const refused = failing && statusOf[failing];
    const status = refused ?? (request.headers["x-acme-token"] !== token ? 401 : found ? 200 : 404);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(
      JSON.stringify(status === 200 ? { value: found?.value, version: found?.id } : { asked: request.headers }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    write(name, value, stage = "current") {
      lastVersion += 1;
      const version = { id: `${lastVersion}`, stage, value: Buffer.from(value as string).toString("base64") };
      secrets.set(name, [...(secrets.get(name) ?? []), version]);
    },
    fail(mode) {
      failing = mode;
      if (mode !== "hang") server.closeIdleConnections();
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
