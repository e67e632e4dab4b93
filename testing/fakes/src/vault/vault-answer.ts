import { randomUUID } from "node:crypto";
import type { HttpAnswer } from "../faults/index.js";
import type { EngineResponse } from "./logical.js";
import type { VaultError } from "./vault-error.js";

const HEADERS = { "cache-control": "no-store", "content-type": "application/json" };

/** An error as the server sends it: what a test hands to a fault of the kind `answer`. */
export function vaultErrorAnswer(status: number, ...errors: string[]): HttpAnswer {
  return jsonAnswer(status, { errors });
}

export function errorAnswer({ status, errors }: VaultError): HttpAnswer {
  return vaultErrorAnswer(status, ...errors);
}

export function jsonAnswer(status: number, body: object): HttpAnswer {
  return rawAnswer(status, `${JSON.stringify(body)}\n`);
}

export function rawAnswer(status: number, body: string): HttpAnswer {
  return { status, headers: HEADERS, body };
}

export interface Envelope {
  readonly request_id: string;
  readonly lease_id: string;
  readonly renewable: boolean;
  readonly lease_duration: number;
  readonly data: unknown;
  readonly wrap_info: object | null;
  readonly warnings: readonly string[] | null;
  readonly auth: object | null;
  readonly mount_type?: string;
}

/** What stands around every answer of an engine. */
export function envelope({ data, auth, warnings, leaseSeconds }: EngineResponse, mountType?: string): Envelope {
  return {
    request_id: randomUUID(),
    lease_id: "",
    renewable: false,
    lease_duration: leaseSeconds ?? 0,
    data: data ?? null,
    wrap_info: null,
    warnings: warnings === undefined || warnings.length === 0 ? null : warnings,
    auth: auth ?? null,
    ...(mountType === undefined ? {} : { mount_type: mountType }),
  };
}

/** The envelope that is left when its content was put away. */
export function wrappedEnvelope(wrapInfo: object, mountType?: string): Envelope {
  return { ...envelope({}, mountType), request_id: "", wrap_info: wrapInfo };
}
