import { describe, expect, it } from "vitest";
import { usualRefs } from "../../src/keys/index.js";

const none = { pending: [], previous: [], rotatedAt: undefined };

describe("usualRefs", () => {
  it("looks for stages and for names beside a plain name", () => {
    expect(usualRefs("SECRET_KEY")).toEqual({
      pending: [{ name: "SECRET_KEY", stage: "pending" }, { name: "SECRET_KEY_NEXT" }],
      previous: [{ name: "SECRET_KEY", stage: "previous" }, { name: "SECRET_KEY_PREVIOUS" }],
      rotatedAt: { name: "SECRET_KEY_ROTATED_AT" },
    });
  });

  it("says the same for every spelling of the current value", () => {
    for (const ref of [
      "SECRET_KEY@current",
      { name: "SECRET_KEY" },
      { name: "SECRET_KEY", stage: "current" },
    ] as const) {
      expect(usualRefs(ref)).toEqual(usualRefs("SECRET_KEY"));
    }
  });

  it("keeps the path of a name", () => {
    expect(usualRefs("prod/api/SECRET_KEY").previous).toEqual([
      { name: "prod/api/SECRET_KEY", stage: "previous" },
      { name: "prod/api/SECRET_KEY_PREVIOUS" },
    ]);
  });

  it("looks only for members beside a member: one member of a JSON secret has no stages of its own", () => {
    expect(usualRefs("app#SECRET_KEY")).toEqual({
      pending: [{ name: "app", key: "SECRET_KEY_NEXT" }],
      previous: [{ name: "app", key: "SECRET_KEY_PREVIOUS" }],
      rotatedAt: { name: "app", key: "SECRET_KEY_ROTATED_AT" },
    });
  });

  it("looks for nothing beside a fixed stage or version", () => {
    for (const ref of ["SECRET_KEY@previous", "SECRET_KEY@pending", "SECRET_KEY@v=7", "app#SECRET_KEY@v=7"]) {
      expect(usualRefs(ref)).toEqual(none);
    }
  });

  it("refuses what is no reference", () => {
    expect(() => usualRefs("../SECRET_KEY")).toThrow(expect.objectContaining({ code: "ERR_SECRETS_INVALID_REF" }));
  });
});
