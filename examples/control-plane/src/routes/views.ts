// What responses may hold. Fastify serialises by these schemas, so a field that is not named here cannot get out.
export const id = { type: "string", format: "uuid" } as const;

/** As a request names it: "uuid" alone would also let `urn:uuid:…` pass, which PostgreSQL does not know. */
export const idParam = { type: "string", pattern: "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" } as const;

/** What a text of a request may hold: no control characters, which PostgreSQL does not store. */
export const printable = "^[^\\u0000-\\u001f\\u007f]*$";

const time = { type: "string", format: "date-time" } as const;

export const userView = {
  type: "object",
  properties: { id, email: { type: "string" }, role: { type: "string" } },
} as const;

export const instanceView = {
  type: "object",
  properties: {
    id,
    name: { type: "string" },
    endpoint: {
      type: "object",
      nullable: true, // the stored URL cannot be read
      properties: { host: { type: "string" }, port: { type: "string" }, database: { type: "string" } },
    },
    createdAt: time,
    lastSeenAt: { ...time, nullable: true },
  },
} as const;

export const connectorView = {
  type: "object",
  properties: { id, instanceId: id, name: { type: "string" }, kind: { type: "string" }, createdAt: time },
} as const;
