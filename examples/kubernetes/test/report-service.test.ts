import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { secretsFromEnv } from "@qarion/secrets";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, filesOf, type Login, newLogin } from "../demo/login.js";
import { isAllowed } from "../src/report-login.js";
import { serviceWith, tempFolder, volumeWith } from "./running-service.js";

afterEach(() => vi.restoreAllMocks());

async function probe(baseUrl: string, path: string): Promise<[number, unknown]> {
  const response = await fetch(`${baseUrl}${path}`);
  return [response.status, await response.json()];
}

function captureErrors(): string[] {
  const lines: string[] = [];
  vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
  return lines;
}

describe("the report", () => {
  it("opens to user and password of the volume, and to nothing else", async () => {
    const login = newLogin();
    const { baseUrl } = await serviceWith(volumeWith(filesOf(login)).directory);
    expect(await ask(baseUrl, login)).toBe(200);
    for (const wrong of [
      { ...login, user: "another" },
      { ...login, password: "another" },
      { ...login, password: "" },
      { ...login, password: `${login.password}\n` },
    ]) {
      expect(await ask(baseUrl, wrong)).toBe(401);
    }
  });

  it.each([undefined, "", "Basic", "Basic !", "Bearer abc", "Basic bm9jb2xvbg=="])(
    "is not open to the header %j",
    async (authorization) => {
      const { baseUrl } = await serviceWith(volumeWith(filesOf(newLogin())).directory);
      const response = await fetch(`${baseUrl}/report`, { headers: authorization ? { authorization } : {} });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Basic realm=");
    },
  );

  it("follows a rotation with the next request", async () => {
    const [first, second] = [newLogin(), newLogin()];
    const volume = volumeWith(filesOf(first));
    const { baseUrl } = await serviceWith(volume.directory);
    expect(await ask(baseUrl, first)).toBe(200);
    volume.update(filesOf(second));
    expect([await ask(baseUrl, second), await ask(baseUrl, first)]).toEqual([200, 401]);
  });

  it("never sees the user of one version with the password of another", async () => {
    let current = newLogin();
    const volume = volumeWith(filesOf(current));
    const secrets = await secretsFromEnv({ env: { SECRET_PROVIDER: "env", SECRETS_DIRECTORY: volume.directory } });
    let mixed = 0;
    let whole = 0;
    for (let count = 0; count < 300; count += 1) {
      const next = newLogin();
      const halves = [
        { user: current.user, password: next.password },
        { user: next.user, password: current.password },
      ];
      const answers = Array.from({ length: 8 }, (_, index) => isAllowed(secrets, basic(halves[index % 2] as Login)));
      // The swap comes while they read: after no turn of the event loop, after one, and so on.
      for (let turn = 0; turn < count % 12; turn += 1) await new Promise(setImmediate);
      volume.update(filesOf(next));
      mixed += (await Promise.all(answers)).filter(Boolean).length;
      whole += Number(await isAllowed(secrets, basic(next)));
      current = next;
    }
    await secrets.close();
    expect([mixed, whole]).toEqual([0, 300]);
  });
});

describe("the probes", () => {
  it("tell ready and alive without a name or a value", async () => {
    const { baseUrl } = await serviceWith(volumeWith(filesOf(newLogin())).directory);
    expect(await probe(baseUrl, "/healthz")).toEqual([200, { status: "alive" }]);
    expect(await probe(baseUrl, "/readyz")).toEqual([200, { status: "ready" }]);
  });

  it("tell not ready while a file is missing, and the log says which; nobody is let in meanwhile", async () => {
    const logged = captureErrors();
    const login = newLogin();
    const volume = volumeWith(filesOf(login));
    const { baseUrl } = await serviceWith(volume.directory);
    volume.update({ "report-user": login.user });
    expect(await probe(baseUrl, "/readyz")).toEqual([503, { status: "error" }]);
    expect(await ask(baseUrl, login)).toBe(503);
    expect(await probe(baseUrl, "/healthz")).toEqual([200, { status: "alive" }]);
    expect(logged.join("\n")).toContain('{"name":"report-password","verdict":"missing"}');
    expect(logged.join("\n").includes(login.password)).toBe(false);
    volume.update(filesOf(login));
    expect([(await probe(baseUrl, "/readyz"))[0], await ask(baseUrl, login)]).toEqual([200, 200]);
  });

  it("tell not ready when the folder is gone", async () => {
    captureErrors();
    const directory = join(tempFolder(), "secrets");
    writeFileSync(directory, "not a folder");
    const { baseUrl } = await serviceWith(directory);
    expect((await probe(baseUrl, "/readyz"))[0]).toBe(503);
    rmSync(directory);
    expect((await probe(baseUrl, "/readyz"))[0]).toBe(503);
  });
});

it.each([
  ["GET", "/nowhere"],
  ["POST", "/report"],
  ["GET", "/constructor"],
])("%s %s is answered 404", async (method, path) => {
  const { baseUrl } = await serviceWith(volumeWith(filesOf(newLogin())).directory);
  expect((await fetch(`${baseUrl}${path}`, { method })).status).toBe(404);
});

function basic({ user, password }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
