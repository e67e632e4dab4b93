import type { Fields } from "./logical.js";
import { badRequest, VaultError } from "./vault-error.js";

/** A request over HTTP, with what matters of its headers. */
export interface VaultRequest {
  readonly method: string;
  /** After `/v1/`, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly token: string | undefined;
  readonly namespace: string | undefined;
  readonly wrapTtl: string | undefined;
}

/** What it asks for: a write is not yet known to create or update. */
export interface ParsedRequest {
  readonly operation: "read" | "list" | "write" | "patch" | "delete";
  readonly path: string;
  readonly fields: Fields;
}

/** @throws VaultError as the front of the server does, before it looks at tokens */
export function parseRequest({ method, path, query, body, contentType }: VaultRequest): ParsedRequest {
  if (path.split("/").includes("..")) throw badRequest("relative paths not supported");
  const listPath = path.endsWith("/") ? path : `${path}/`;
  switch (method) {
    case "LIST":
      return { operation: "list", path: listPath, fields: queryFields(query) };
    case "GET": {
      const isList = ["1", "t", "T", "true", "TRUE", "True"].includes(query.get("list") ?? "");
      const fields = queryFields(query);
      return isList ? { operation: "list", path: listPath, fields } : { operation: "read", path, fields };
    }
    case "DELETE":
      return { operation: "delete", path, fields: queryFields(query) };
    case "POST":
    case "PUT":
      return { operation: "write", path: writable(path), fields: bodyFields(body) };
    case "PATCH": {
      const [type = ""] = contentType.split(";");
      if (type === "") throw badRequest("mime: no media type");
      if (type.trim() !== "application/merge-patch+json") {
        const wanted = "PATCH requires Content-Type of application/merge-patch+json";
        throw new VaultError(415, `${wanted}, provided ${type.trim()}`);
      }
      return { operation: "patch", path: writable(path), fields: bodyFields(body) };
    }
    default:
      throw new VaultError(405);
  }
}

function writable(path: string): string {
  if (path.endsWith("/")) throw badRequest("cannot write to a path ending in '/'");
  return path;
}

function queryFields(query: URLSearchParams): Fields {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.get(name)]));
}

function bodyFields(body: Uint8Array): Fields {
  const text = Buffer.from(body).toString();
  if (text.trim() === "") return {};
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw badRequest("error parsing JSON"); // and not where, which would show what was sent
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) throw badRequest("error parsing JSON");
  return fields as Fields;
}
