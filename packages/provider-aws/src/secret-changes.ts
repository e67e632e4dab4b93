/** Word that a secret changed, for `secrets.refreshOn`: a name and never a value. */
export interface SecretChange {
  readonly name: string;
}

/** The calls and service events after which a read may give another value. */
const changing = new Set([
  "PutSecretValue",
  "UpdateSecret",
  "UpdateSecretVersionStage",
  "CreateSecret",
  "DeleteSecret",
  "RestoreSecret",
  "CancelRotateSecret",
  "RotateSecret",
  "RotationStarted",
  "RotationSucceeded",
  "RotationAbandoned",
  "RotationFailed",
  "SecretVersionDeletion",
  "EndSecretVersionDelete",
]);

const arn = /^(arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:(.+?))(?:-[A-Za-z0-9]{6})?$/;
/** An SQS record that holds an SNS envelope that holds an event is 6 deep, its texts counted. */
const mostDepth = 8;

/**
 * The secrets that an event of Secrets Manager is about, each by its name, its ARN, and its ARN without the six characters
 * at the end; none for any other message. It takes what a consumer has in hand: an EventBridge event ("AWS API Call via
 * CloudTrail" or "AWS Service Event via CloudTrail"), a CloudTrail record, or the text, SQS message or SNS envelope that
 * holds one.
 *
 * Anyone who can send to the queue can make such an event, so it is taken for a hint: what it names is read anew, at most
 * once a second, and nothing of it is a value.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 */
export function awsSecretChanges(message: unknown): readonly SecretChange[] {
  return changesIn(message, 0);
}

function changesIn(message: unknown, depth: number): readonly SecretChange[] {
  if (depth > mostDepth) return [];
  if (typeof message === "string") return changesIn(parsed(message), depth + 1);
  if (!isObject(message)) return [];
  const { Records, Message, Body, body, detail } = message;
  if (Array.isArray(Records)) return Records.flatMap((record) => changesIn(record, depth + 1));
  for (const inner of [detail, body, Body, Message]) if (inner !== undefined) return changesIn(inner, depth + 1);
  if (isObject(message.Sns)) return changesIn(message.Sns, depth + 1);
  return changeOf(message);
}

/** A CloudTrail record. */
function changeOf({ eventSource, eventName, requestParameters, responseElements, additionalEventData }: Fields) {
  if (eventSource !== "secretsmanager.amazonaws.com") return [];
  if (typeof eventName !== "string" || !changing.has(eventName)) return [];
  const ids = [
    read(requestParameters, "secretId"),
    read(requestParameters, "name"),
    read(responseElements, "arn"),
    read(responseElements, "aRN"),
    read(additionalEventData, "SecretId"),
  ].filter((id) => typeof id === "string" && id !== "") as string[];
  const names = new Set(ids.flatMap((id) => [id, ...(arn.exec(id)?.slice(1) ?? [])]));
  return [...names].map((name) => ({ name }));
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function read(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not an event
  }
}
