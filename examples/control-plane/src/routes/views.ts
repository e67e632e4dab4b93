// What responses may hold. Fastify serialises by these schemas, so a field that is not named here cannot get out.
export const id = { type: "string", format: "uuid" } as const;

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
