import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sharedVectors } from "../src/index.js";

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qarion-vectors-"));
  root = join(folder, "workspace");
  mkdirSync(root);
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("sharedVectors", () => {
  it("finds a file in ../shared/vectors, beside the workspace", () => {
    mkdirSync(join(folder, "shared", "vectors", "fernet"), { recursive: true });
    writeFileSync(join(folder, "shared", "vectors", "fernet", "verify.json"), "[]");
    expect(sharedVectors("fernet/verify.json", root)).toBe(join(folder, "shared", "vectors", "fernet", "verify.json"));
    expect(sharedVectors("fernet", root)).toBe(join(folder, "shared", "vectors", "fernet"));
  });

  it("is undefined when the vectors are not there", () => {
    expect(sharedVectors("fernet/verify.json", root)).toBeUndefined();
  });

  it("looks beside this workspace unless told otherwise", () => {
    expect(sharedVectors("no-such-vectors.json")).toBeUndefined();
  });

  it.each(["", "/fernet", "../secret", "fernet/../../secret", "fernet//verify.json"])(
    "refuses a name that is not a path below the vectors' folder: %j",
    (name) => {
      expect(() => sharedVectors(name, root)).toThrow("not a path below");
    },
  );
});
