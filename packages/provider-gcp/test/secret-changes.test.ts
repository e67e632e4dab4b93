import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gcpSecretChanges } from "../src/index.js";

const secretId = "projects/710000000042/secrets/llm_api_key_control_plane";
const id = "llm_api_key_control_plane";
const found = [{ name: secretId }, { name: id }];

/** A notification of the kind that a version was added, as Pub/Sub hands it out. */
function message(attributes: Readonly<Record<string, unknown>> = {}) {
  const version = `${secretId}/versions/3`;
  return {
    attributes: {
      dataFormat: "JSON_API_V1",
      eventType: "SECRET_VERSION_ADD",
      secretId,
      timestamp: "2026-01-01T00:00:00.000000-00:00",
      versionId: version,
      ...attributes,
    },
    data: Buffer.from(JSON.stringify({ name: version, state: "ENABLED", etag: '"1"' })).toString("base64"),
    messageId: "1",
    publishTime: "2026-01-01T00:00:00.001Z",
  };
}

const push = { message: message(), subscription: "projects/p/subscriptions/s" };

describe("gcpSecretChanges", () => {
  it.each([
    ["a message of a subscriber", { ...message(), data: Buffer.from("{}"), ack: () => undefined }],
    ["the envelope of a push", push],
    ["the text of a push", JSON.stringify(push)],
    ["a request with such a body", { body: push }],
    ["the answer of a pull", { receivedMessages: [{ ackId: "a", message: message() }] }],
    ["a CloudEvent", { type: "google.cloud.pubsub.topic.v1.messagePublished", data: push }],
  ])("finds the secret in %s, by its full name and its id", (_, given) => {
    expect(gcpSecretChanges(given)).toEqual(found);
  });

  it("finds regional secrets", () => {
    const regional = "projects/710000000042/locations/europe-west1/secrets/db";
    expect(gcpSecretChanges(message({ secretId: regional }))).toEqual([{ name: regional }, { name: "db" }]);
  });

  it("finds each secret of a pull once", () => {
    const receivedMessages = [message(), message({ secretId: "projects/1/secrets/db" }), message()].map((each) => ({
      message: each,
    }));
    expect(gcpSecretChanges({ receivedMessages })).toEqual([
      ...found,
      { name: "projects/1/secrets/db" },
      { name: "db" },
    ]);
  });

  it("tells the names in use that stand for the id", () => {
    const names = ["llm_api_key/control_plane", "llm.api.key/control_plane", "other/name", "/not/a/name"];
    expect(gcpSecretChanges(push, { names })).toEqual([...found, { name: names[0] }, { name: names[1] }]);
  });

  it.each([
    "SECRET_CREATE",
    "SECRET_UPDATE",
    "SECRET_DELETE",
    "SECRET_VERSION_ADD",
    "SECRET_VERSION_ENABLE",
    "SECRET_VERSION_DISABLE",
    "SECRET_VERSION_DESTROY",
    "SECRET_VERSION_DESTROY_SCHEDULED",
  ])("takes %s for a change", (eventType) => {
    expect(gcpSecretChanges(message({ eventType }))).toEqual(found);
  });

  // SECRET_ROTATE says that it is time to rotate, and not that anything was.
  it.each(["SECRET_ROTATE", "TOPIC_CONFIGURED", "", undefined, 7])("takes %s for none", (eventType) => {
    expect(gcpSecretChanges(message({ eventType }))).toEqual([]);
  });

  it.each([
    ["no secret", undefined],
    ["no name", "db"],
    ["the name of a version", `${secretId}/versions/3`],
    ["a name with more behind it", `${secretId}\n`],
    ["something else", { toString: (): string => secretId }],
  ])("finds nothing in a message about %s", (_, named) => {
    expect(gcpSecretChanges(message({ secretId: named }))).toEqual([]);
  });

  it("takes anything and throws nothing", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("unreadable");
        },
      },
    );
    const circle: Record<string, unknown> = {};
    circle.message = circle;
    const names = {
      [Symbol.iterator](): Iterator<string> {
        throw new Error("unreadable");
      },
    };
    for (const each of [hostile, circle, null, undefined, 1n, Symbol("x"), "{", "[]", { receivedMessages: [null] }]) {
      expect(gcpSecretChanges(each)).toEqual([]);
    }
    expect(gcpSecretChanges(push, { names })).toEqual([]);
    fc.assert(fc.property(fc.anything(), (each) => Array.isArray(gcpSecretChanges(each))));
    fc.assert(fc.property(fc.json(), (each) => gcpSecretChanges(each).length === 0));
  });

  it("refreshes what is held, through secrets.refreshOn", async () => {
    const provider = memoryProvider({ [id]: "one" });
    const secrets = createSecrets({ provider });
    expect((await secrets.get(id)).reveal()).toBe("one");
    provider.set(id, "two");
    secrets.refreshOn(
      (async function* () {
        yield* gcpSecretChanges(push);
      })(),
    );
    await expect.poll(async () => (await secrets.get(id)).reveal()).toBe("two");
    await secrets.close();
  });
});
