import { describe, expect, it } from "vitest";
import { createSecrets, fakeSecret, memoryProvider } from "../../src/index.js";
import { createRedactor } from "../../src/redact/index.js";

describe("following a rotation", () => {
  it("knows the value now and the two before, and no older one", async () => {
    const provider = memoryProvider({ X: "value-number-0" });
    const secrets = createSecrets({ provider });
    const redactor = createRedactor();
    redactor.follow(secrets);
    await secrets.get("X");
    for (let number = 1; number <= 3; number += 1) {
      provider.rotate("X", `value-number-${number}`);
      await secrets.refresh("X");
    }
    expect([0, 1, 2, 3].map((number) => redactor.redact(`value-number-${number}`))).toEqual([
      "value-number-0",
      "[redacted X]",
      "[redacted X]",
      "[redacted X]",
    ]);
    await secrets.close();
  });

  it("knows what was read before it followed, and nothing once it stopped", async () => {
    const provider = memoryProvider({ X: "value-before", Y: "value-after" });
    const secrets = createSecrets({ provider });
    await secrets.get("X");
    const redactor = createRedactor();
    const stop = redactor.follow(secrets);
    expect(redactor.redact("value-before")).toBe("[redacted X]");
    stop();
    await secrets.get("Y");
    expect(redactor.redact("value-after")).toBe("value-after");
    await secrets.close();
  });

  it("keeps both keys of a JSON secret under their own name", async () => {
    const secrets = createSecrets({
      provider: memoryProvider({ app: JSON.stringify({ db_password: "value-of-db", other: "short" }) }),
    });
    const redactor = createRedactor();
    redactor.follow(secrets);
    await secrets.get("app#db_password");
    expect(redactor.redact("it is value-of-db")).toBe("it is [redacted app]");
    await secrets.close();
  });
});

describe("a custom replacement", () => {
  it("stands for the value", () => {
    const redactor = createRedactor({ replacement: () => "***" });
    redactor.add(fakeSecret("some-long-value", "X"));
    expect(redactor.redact("a some-long-value b")).toBe("a *** b");
  });

  it("and a minimum length that is no whole number is refused", () => {
    expect(() => createRedactor({ minLength: 0 })).toThrow(RangeError);
    expect(() => createRedactor({ minLength: 1.5 })).toThrow(RangeError);
  });
});
