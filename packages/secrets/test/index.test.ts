import * as core from "@qarion/secrets-core";
import { expect, it } from "vitest";
import * as secrets from "../src/index.js";

it("re-exports all that core exports", () => {
  expect(Object.keys(secrets).sort()).toEqual([...Object.keys(core), "secretsFromEnv"].sort());
});
