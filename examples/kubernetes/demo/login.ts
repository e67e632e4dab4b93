import { randomBytes } from "node:crypto";
import type { Files } from "./kubernetes-volume.js";

/** A user and a password that belong together. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

export function newLogin(): Login {
  return { user: `auditor-${randomBytes(3).toString("hex")}`, password: randomBytes(24).toString("base64url") };
}

export function filesOf({ user, password }: Login): Files {
  return { "report-user": user, "report-password": `${password}\n` }; // the newline is the one that editors leave
}

/** The status of a request for the report. */
export async function ask(baseUrl: string, { user, password }: Login): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const response = await fetch(`${baseUrl}/report`, { headers: { authorization } });
  await response.body?.cancel();
  return response.status;
}
