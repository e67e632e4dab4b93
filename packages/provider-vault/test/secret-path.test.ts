import fc from "fast-check";
import { expect, it } from "vitest";
import { secretPath } from "../src/secret-path.js";

const below = "https://vault.example/v1/secret/data/";

it("a name becomes the path of that name, or is refused: whatever it is, it stays below the mount", () => {
  const segment = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("..", ".", "", "%2e%2e", "?", "#", "\\", "\ud800", "a"),
  );
  fc.assert(
    fc.property(
      fc.array(segment).map((segments) => segments.join("/")),
      (name) => {
        let path: string;
        try {
          path = secretPath(name);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_SECRETS_INVALID_REF" });
          return;
        }
        const { href, search, hash } = new URL(path, below);
        expect([search, hash]).toEqual(["", ""]);
        expect(href.startsWith(below)).toBe(true);
        expect(href.slice(below.length).split("/").map(decodeURIComponent).join("/")).toBe(name);
      },
    ),
  );
});
