import { describe, expect, it } from "vitest";
import { fakeSecret } from "../src/index.js";
import { canary, shown } from "./shown.js";

describe("fakeSecret", () => {
  it("is a Secret with a value, and a name to go by", () => {
    const secret = fakeSecret("value");
    expect(secret.reveal()).toBe("value");
    expect(secret).toMatchObject({ name: "FAKE_SECRET", provider: "fake", stage: "current", state: "fresh" });
    expect(secret.fetchedAt).toBeInstanceOf(Date);
    expect(fakeSecret("value", "DB_PASSWORD").name).toBe("DB_PASSWORD");
  });

  it("is as redacted as a real one", () => {
    const value = canary();
    expect(String(fakeSecret(value, "DB_PASSWORD"))).toBe("[redacted DB_PASSWORD]");
    expect(shown(fakeSecret(value))).not.toContain(value);
  });
});
