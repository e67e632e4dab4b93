import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envProvider } from "../src/index.js";
import { ask, batchOf, errorOf, readValue } from "./ask.js";
import { tempFolder } from "./temp-folder.js";

const from = (env: Record<string, string>) => envProvider({ env, files: [] });

describe("variable names", () => {
  it.each([
    ["llm_api_key/control_plane", "LLM_API_KEY_CONTROL_PLANE"],
    ["smtp-password", "SMTP_PASSWORD"],
    ["a.b@c+d=e:f", "A_B_C_D_E_F"],
    ["2fa/key", "2FA_KEY"],
    ["SECRET_KEY", "SECRET_KEY"],
  ])("finds %s under %s", async (name, variable) => {
    expect(await readValue(from({ [variable]: "x" }), name)).toBe("x");
  });

  it("makes upper case letters, digits and _ of any name", async () => {
    const legal = fc.stringMatching(/^[A-Za-z0-9_@+=:-]{1,12}(\/[A-Za-z0-9_.@+=:-]?[A-Za-z0-9_@+=:-]{1,8}){0,3}$/);
    await fc.assert(
      fc.asyncProperty(legal, async (name) => {
        const variable = [...name].map((c) => (/[A-Za-z0-9_]/.test(c) ? c.toUpperCase() : "_")).join("");
        expect(await readValue(from({ [variable]: "x" }), name)).toBe("x");
      }),
    );
  });

  it.each([
    "/prod/db",
    "a//b",
    "a/",
    "",
    ".",
    "..",
    "a/./b",
    "../b",
    "a/../b",
    "..data/b",
    "a/..2026/b",
    "a\\b",
    "a\0b",
  ])("refuses %j, which would be no path below the volume's folder", async (name) => {
    const error = await errorOf(ask(envProvider({ env: { [name]: "x" }, files: [] }), name));
    expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_REF", provider: "env" });
  });
});

describe("stages", () => {
  it("reads the previous value of X from X_PREVIOUS and the pending one from X_NEXT", async () => {
    const provider = from({ KEY: "k", KEY_PREVIOUS: "p", KEY_NEXT: "n" });
    for (const name of ["KEY", "key"]) {
      expect(await readValue(provider, name)).toBe("k");
      expect(await readValue(provider, name, "previous")).toBe("p");
      expect(await readValue(provider, name, "pending")).toBe("n");
    }
  });

  it("looks up a stage by the literal name first, in every layer", async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "jwt"));
    writeFileSync(join(folder, "jwt", "key_PREVIOUS"), "literal");
    writeFileSync(join(folder, "JWT_KEY_PREVIOUS"), "variable");
    writeFileSync(join(folder, "JWT_KEY_NEXT"), "next");
    const provider = envProvider({ env: {}, files: [], directory: folder });
    expect(await readValue(provider, "jwt/key", "previous")).toBe("literal");
    expect(await readValue(provider, "jwt/key", "pending")).toBe("next");
    expect((await errorOf(ask(provider, "jwt/key"))).code).toBe("ERR_SECRETS_NOT_FOUND");
  });
});

describe("two names for one variable", () => {
  it("is an error for the second one that is found, which names both", async () => {
    const provider = from({ DB_PASSWORD: "x" });
    expect(await batchOf(provider, ["db/password", "db-password"])).toEqual({
      "db/password": "x",
      "db-password": "ERR_SECRETS_INVALID_CONFIG",
    });
    const error = await errorOf(ask(provider, "db-password"));
    expect(error.hint).toContain('"db/password" and "db-password" both stand for DB_PASSWORD');
    expect(await readValue(provider, "db/password")).toBe("x");
  });

  it("is seen for files of the volume too, and for stages", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "DB_PASSWORD_PREVIOUS"), "x");
    const provider = envProvider({ env: {}, files: [], directory: folder });
    expect(await readValue(provider, "db/password", "previous")).toBe("x");
    expect((await errorOf(ask(provider, "db.password", "previous"))).code).toBe("ERR_SECRETS_INVALID_CONFIG");
  });

  it("does not concern the variable's own name, nor names that are found literally", async () => {
    const provider = from({ DB_PASSWORD: "x", "db-password": "y" });
    expect(await readValue(provider, "db/password")).toBe("x");
    expect(await readValue(provider, "DB_PASSWORD")).toBe("x");
    expect(await readValue(provider, "db-password")).toBe("y");
  });

  it("does not concern names that are not found", async () => {
    const env: Record<string, string> = {};
    const provider = from(env);
    expect((await errorOf(ask(provider, "db/password"))).code).toBe("ERR_SECRETS_NOT_FOUND");
    env.DB_PASSWORD = "x";
    expect(await readValue(provider, "db-password")).toBe("x");
  });
});
