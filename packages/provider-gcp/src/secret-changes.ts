import { secretIdOf } from "./secret-resource.js";

/** Word that a secret changed, for `secrets.refreshOn`: a name and never a value. */
export interface SecretChange {
  readonly name: string;
}

export interface GcpSecretChangesOptions {
  /**
   * The names in use, with their prefix, where they differ from the ids: `llm_api_key/control_plane` cannot be told from
   * the id `llm_api_key_control_plane`.
   */
  readonly names?: Iterable<string> | undefined;
}

/**
 * The events after which a read may give another value.
 * https://cloud.google.com/secret-manager/docs/event-notifications#event-types
 */
const changing = new Set([
  "SECRET_CREATE",
  "SECRET_UPDATE",
  "SECRET_DELETE",
  "SECRET_VERSION_ADD",
  "SECRET_VERSION_ENABLE",
  "SECRET_VERSION_DISABLE",
  "SECRET_VERSION_DESTROY",
  "SECRET_VERSION_DESTROY_SCHEDULED",
]);

const secretName = /^projects\/[^/]+\/(?:locations\/[^/]+\/)?secrets\/([A-Za-z0-9_-]{1,255})$/;
const mostDepth = 4;

/**
 * The secrets that a notification of Secret Manager is about, each by its full resource name, its id and the `names` that
 * stand for it; none for any other message. It never throws. It takes what a consumer has in hand: a Pub/Sub message, the
 * envelope of a push subscription, the answer of a pull, a CloudEvent that holds one, or the text of any of these.
 *
 * Anyone who can publish to the topic can make such a message, so it is taken for a hint: what it names is read anew, at
 * most once a second, and nothing of it is a value.
 */
export function gcpSecretChanges(
  message: unknown,
  { names = [] }: GcpSecretChangesOptions = {},
): readonly SecretChange[] {
  try {
    const inUse = [...names];
    const found = new Set<string>();
    for (const resource of resourcesIn(message, 0)) {
      const id = secretName.exec(resource)?.[1];
      if (id === undefined) continue;
      for (const name of [resource, id, ...inUse.filter((each) => secretIdOf(each) === id)]) found.add(name);
    }
    return [...found].map((name) => ({ name }));
  } catch {
    return []; // something that cannot be read is no notification
  }
}

function resourcesIn(message: unknown, depth: number): readonly string[] {
  if (depth > mostDepth) return [];
  if (typeof message === "string") return resourcesIn(parsed(message), depth + 1);
  if (!isObject(message)) return [];
  const { attributes, receivedMessages } = message;
  if (isObject(attributes)) return resourceOf(attributes);
  if (Array.isArray(receivedMessages)) return receivedMessages.flatMap((each) => resourcesIn(each, depth + 1));
  for (const inner of [message.message, message.data, message.body]) {
    if (inner !== undefined) return resourcesIn(inner, depth + 1);
  }
  return [];
}

function resourceOf({ eventType, secretId }: Fields): readonly string[] {
  return typeof eventType === "string" && changing.has(eventType) && typeof secretId === "string" ? [secretId] : [];
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not a notification
  }
}
