import assert from "node:assert/strict";
import { fakeSecret } from "@qarion/secrets";
import { test } from "vitest"; // or "node:test"
import { webhookSignature } from "../src/webhook-signature.js";

test("the signature is made with the key", () => {
  const signature = webhookSignature(fakeSecret("key"), "The quick brown fox jumps over the lazy dog");
  assert.equal(signature, "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
});

test("the signature depends on the key", () => {
  assert.notEqual(webhookSignature(fakeSecret("one"), "body"), webhookSignature(fakeSecret("other"), "body"));
});
