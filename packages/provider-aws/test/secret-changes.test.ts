import { describe, expect, it } from "vitest";
import { awsSecretChanges } from "../src/index.js";
import { fc, test } from "./property.js";

const partialArn = "arn:aws:secretsmanager:us-east-2:123456789012:secret:prod/db";
const arn = `${partialArn}-a1B2c3`;
const allNames = [arn, partialArn, "prod/db"].sort();

/** A CloudTrail record as the service writes it, of a call unless it says otherwise. */
function record(eventName: string, members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    eventVersion: "1.08",
    userIdentity: { type: "AssumedRole", arn: "arn:aws:sts::123456789012:assumed-role/rotation/one" },
    eventTime: "2026-01-02T03:04:05Z",
    eventSource: "secretsmanager.amazonaws.com",
    eventName,
    awsRegion: "us-east-2",
    sourceIPAddress: "192.0.2.1",
    userAgent: "aws-sdk-js/3.1164.0",
    requestParameters: null,
    responseElements: null,
    requestID: "8b6d4b0c-9a3d-4a8e-9f7e-1f2f3a4b5c6d",
    eventID: "0e6f7c1a-1111-4222-8333-444455556666",
    readOnly: false,
    eventType: "AwsApiCall",
    recipientAccountId: "123456789012",
    ...members,
  };
}

const putSecretValue = record("PutSecretValue", {
  requestParameters: {
    secretId: "prod/db",
    clientRequestToken: "8b6d4b0c-9a3d-4a8e-9f7e-1f2f3a4b5c6d",
    versionStages: ["AWSPENDING"],
  },
  responseElements: { arn },
});

const records: Record<string, Record<string, unknown>> = {
  PutSecretValue: putSecretValue,
  UpdateSecret: record("UpdateSecret", { requestParameters: { secretId: arn }, responseElements: { arn } }),
  UpdateSecretVersionStage: record("UpdateSecretVersionStage", {
    requestParameters: {
      secretId: "prod/db",
      versionStage: "AWSCURRENT",
      moveToVersionId: "8b6d4b0c-9a3d-4a8e-9f7e-1f2f3a4b5c6d",
      removeFromVersionId: "0e6f7c1a-1111-4222-8333-444455556666",
    },
    responseElements: { arn, name: "prod/db" },
  }),
  CreateSecret: record("CreateSecret", { requestParameters: { name: "prod/db" }, responseElements: { arn } }),
  DeleteSecret: record("DeleteSecret", {
    requestParameters: { recoveryWindowInDays: 30, secretId: "prod/db" },
    responseElements: { name: "prod/db", deletionDate: "Feb 1, 2026 3:04:05 AM", aRN: arn },
  }),
  RestoreSecret: record("RestoreSecret", { requestParameters: { secretId: arn } }),
  RotateSecret: record("RotateSecret", { requestParameters: { secretId: arn, rotateImmediately: true } }),
  CancelRotateSecret: record("CancelRotateSecret", { requestParameters: { secretId: arn } }),
  ...Object.fromEntries(
    [
      "RotationStarted",
      "RotationSucceeded",
      "RotationFailed",
      "RotationAbandoned",
      "SecretVersionDeletion",
      "EndSecretVersionDelete",
    ].map((name) => [
      name,
      record(name, {
        userIdentity: { accountId: "123456789012", invokedBy: "secretsmanager.amazonaws.com" },
        eventType: "AwsServiceEvent",
        additionalEventData: { SecretId: arn },
      }),
    ]),
  ),
};

/** How EventBridge hands a record on. */
function event(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isCall = detail.eventType === "AwsApiCall";
  return {
    version: "0",
    id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": isCall ? "AWS API Call via CloudTrail" : "AWS Service Event via CloudTrail",
    source: "aws.secretsmanager",
    account: "123456789012",
    time: "2026-01-02T03:04:05Z",
    region: "us-east-2",
    resources: [],
    detail,
  };
}

function snsEnvelope(message: unknown): Record<string, unknown> {
  return {
    Type: "Notification",
    MessageId: "da41e39f-ea4d-435a-b922-c6aae3915ebe",
    TopicArn: "arn:aws:sns:us-east-2:123456789012:secrets",
    Message: JSON.stringify(message),
    Timestamp: "2026-01-02T03:04:05.000Z",
  };
}

const sqsRecord = (message: unknown) => ({ messageId: "1", eventSource: "aws:sqs", body: JSON.stringify(message) });

const envelopes: Record<string, (detail: Record<string, unknown>) => unknown> = {
  "the record itself": (detail) => detail,
  "an EventBridge event": event,
  "its text": (detail) => JSON.stringify(event(detail)),
  "an SQS message of the SDK": (detail) => ({ MessageId: "1", Body: JSON.stringify(event(detail)) }),
  "an SQS batch, as a Lambda gets it": (detail) => ({ Records: [sqsRecord(event(detail))] }),
  "an SNS notification, as a Lambda gets it": (detail) => ({
    Records: [{ EventSource: "aws:sns", Sns: snsEnvelope(event(detail)) }],
  }),
  "an SNS notification in an SQS message": (detail) => ({ Body: JSON.stringify(snsEnvelope(event(detail))) }),
  "an SNS notification in an SQS batch": (detail) => ({ Records: [sqsRecord(snsEnvelope(event(detail)))] }),
  "a file of CloudTrail": (detail) => ({ Records: [detail] }),
};

const namesIn = (message: unknown) =>
  awsSecretChanges(message)
    .map(({ name }) => name)
    .sort();

describe.each(Object.entries(envelopes))("in %s", (_, envelope) => {
  it.each(Object.entries(records))("%s tells the secret by each of its names", (_name, detail) => {
    expect(namesIn(envelope(detail))).toEqual(allNames);
  });
});

it("a batch tells of each of its messages", () => {
  const other = record("PutSecretValue", { requestParameters: { secretId: "other" } });
  const batch = { Records: [sqsRecord(event(putSecretValue)), sqsRecord("no event"), sqsRecord(event(other))] };
  expect(namesIn(batch)).toEqual([...allNames, "other"].sort());
});

it("a name that ends like an ARN keeps its end", () => {
  const changed = record("PutSecretValue", { requestParameters: { secretId: `${partialArn}-abcdef-a1B2c3` } });
  expect(namesIn(changed)).toContain("prod/db-abcdef");
});

describe("nothing is told of", () => {
  it.each([
    ["a read", record("GetSecretValue", { requestParameters: { secretId: "prod/db" } })],
    ["a list", record("ListSecrets", {})],
    ["another service", { ...putSecretValue, eventSource: "kms.amazonaws.com" }],
    ["a record without its service", { ...putSecretValue, eventSource: undefined }],
    ["a record without a secret", record("PutSecretValue", { requestParameters: { secretId: "" } })],
    [
      "ids that are no text",
      record("PutSecretValue", { requestParameters: { secretId: { a: 1 } }, responseElements: 7 }),
    ],
    ["a call of SQS", { Records: [] }],
    ["text that is no JSON", "PutSecretValue prod/db"],
  ])("%s", (_, message) => {
    expect(awsSecretChanges(message)).toEqual([]);
    expect(awsSecretChanges(event(message as Record<string, unknown>))).toEqual([]);
  });

  it("an envelope without an end", () => {
    const endless: Record<string, unknown> = { ...putSecretValue };
    endless.detail = endless;
    endless.Records = [endless, endless];
    expect(awsSecretChanges(endless)).toEqual([]);
    let text = JSON.stringify(putSecretValue);
    for (let depth = 0; depth < 12; depth++) text = JSON.stringify({ body: text });
    expect(awsSecretChanges(text)).toEqual([]);
  });
});

const json = fc.jsonValue({ maxDepth: 5 });

test("garbage never throws, whatever it holds", [fc.anything()], (garbage) => {
  expect(Array.isArray(awsSecretChanges(garbage))).toBe(true);
});

test(
  "garbage in the places where names stand never throws and tells texts alone",
  [json, json, json, json],
  (a, b, c, d) => {
    const message = { ...putSecretValue, requestParameters: a, responseElements: b, additionalEventData: c, extra: d };
    for (const change of awsSecretChanges(envelopes["an SNS notification in an SQS batch"]?.(message))) {
      expect(Object.keys(change)).toEqual(["name"]);
      expect(typeof change.name).toBe("string");
    }
  },
);

test("what it tells are names, and nothing else of the event", [fc.uuid(), fc.jsonValue()], (canary, extra) => {
  const detail = {
    ...putSecretValue,
    requestParameters: { ...(putSecretValue.requestParameters as object), secretString: canary, extra },
    responseElements: { arn, value: canary },
    additionalEventData: { [canary]: canary },
    errorMessage: canary,
  };
  expect(namesIn(event(detail))).toEqual(allNames);
});
