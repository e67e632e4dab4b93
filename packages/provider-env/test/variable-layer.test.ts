import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { envProvider } from "../src/index.js";
import { asNobody, cannotBeRefused } from "./as-nobody.js";
import { ask, errorOf, readValue } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

const from = (env: Record<string, string>) => envProvider({ env, files: [] });

describe("NAME_FILE", () => {
  it("names the file that holds the value, which is read at each call", async () => {
    const path = join(tempFolder(), "password");
    const provider = from({ DB_PASSWORD_FILE: path });
    writeFileSync(path, "one\n");
    expect(await readValue(provider, "DB_PASSWORD")).toBe("one");
    expect(await readValue(provider, "db/password")).toBe("one");
    writeFileSync(path, "two\n");
    expect(await readValue(provider, "db/password")).toBe("two");
  });

  it("is read in .env files as well, and for stages", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "old"), "old");
    writeFileSync(join(folder, ".env"), `KEY_PREVIOUS_FILE="${join(folder, "old")}"\n`);
    const provider = envProvider({ env: {}, files: [join(folder, ".env")] });
    expect(await readValue(provider, "key", "previous")).toBe("old");
  });

  it("can be asked for by its own name, which gives the path", async () => {
    expect(await readValue(from({ LOG_FILE: "/var/log/app.log" }), "LOG_FILE")).toBe("/var/log/app.log");
  });

  it("is refused beside NAME in one layer, even when NAME is empty", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "password"), "x");
    writeFileSync(join(folder, ".env"), `PASSWORD=y\nPASSWORD_FILE=${join(folder, "password")}\n`);
    for (const provider of [
      from({ PASSWORD: "y", PASSWORD_FILE: join(folder, "password") }),
      from({ PASSWORD: "", PASSWORD_FILE: join(folder, "password") }),
      envProvider({ env: {}, files: [join(folder, ".env")] }),
    ]) {
      const error = await errorOf(ask(provider, "password"));
      expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_CONFIG", secretName: "password", provider: "env" });
      expect(error.hint).toContain("PASSWORD and PASSWORD_FILE are both set");
    }
  });

  it("may stand in another layer than NAME: the first layer wins", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "password"), "from the file");
    writeFileSync(join(folder, ".env"), "PASSWORD=from .env\n");
    const files = [join(folder, ".env")];
    expect(await readValue(envProvider({ env: { PASSWORD_FILE: join(folder, "password") }, files }), "PASSWORD")).toBe(
      "from the file",
    );
  });

  it.each(["", "  "])("is refused when it is blank: %j", async (blank) => {
    const error = await errorOf(ask(from({ KEY_FILE: blank }), "KEY"));
    expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(error.hint).toContain("KEY_FILE in the environment is blank");
  });

  it("is no 'not found' when it names nothing: a later layer must not stand in", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, ".env"), "KEY=weaker\n");
    const absent = join(folder, "absent");
    const provider = envProvider({ env: { KEY_FILE: absent }, files: [join(folder, ".env")] });
    const error = await errorOf(ask(provider, "KEY"));
    expect(error.code).toBe("ERR_SECRETS_INVALID_CONFIG");
    expect(error.message).toContain("KEY_FILE");
    expect(error.message).not.toContain(absent);
  });

  it("is refused when it names no regular file", async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "folder"));
    symlinkSync("loop", join(folder, "loop"));
    writeFileSync(join(folder, "file"), "x");
    const bad = ["folder", "loop", "file/below", "x".repeat(300), "nul\0"].map((name) => join(folder, name));
    for (const KEY_FILE of [...bad, "/dev/zero"]) {
      expect((await errorOf(ask(from({ KEY_FILE }), "KEY"))).code).toBe("ERR_SECRETS_INVALID_CONFIG");
    }
  });

  it.skipIf(cannotBeRefused)(`is 'access denied' when the file may not be read${why()}`, async () => {
    const folder = tempFolder();
    const path = join(folder, "password");
    writeFileSync(path, "x");
    chmodSync(path, 0o000);
    const error = await asNobody(() => errorOf(ask(from({ KEY_FILE: path }), "KEY")));
    expect(error.code).toBe("ERR_SECRETS_ACCESS_DENIED");
    expect(error.cause).toMatchObject({ code: "EACCES" });
    expect(error.message).not.toContain(path);
  });
});

function why(): string {
  return cannotBeRefused === undefined ? "" : ` (skipped: ${cannotBeRefused})`;
}
