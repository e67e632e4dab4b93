import type { MethodName } from "./methods.js";
import { jsonToSecretInput } from "./rest-json.js";

/** A REST request as the method of the API that it stands for, with its message. */
export interface RestCall {
  readonly method: MethodName;
  readonly request: object;
}

const RESOURCE = /^projects\/[^/]+(?:\/locations\/[^/]+)?(\/secrets(?:\/[^/]+(?:\/versions(?:\/[^/]+)?)?)?)$/;
const DEPTHS = ["", "secrets", "secret", "versions", "version"];

/** The bindings of `google.api.http` in service.proto. @returns undefined for what is none of them */
export function restCall(httpMethod: string, url: URL, body: Readonly<Record<string, unknown>>): RestCall | undefined {
  const [, path = "", verb = ""] = /^\/v1\/(.*?)(?::([A-Za-z]+))?$/.exec(url.pathname) ?? [];
  const name = decodeURIComponent(path);
  const below = RESOURCE.exec(name)?.[1];
  if (below === undefined) return undefined;
  const query = Object.fromEntries(url.searchParams);
  const page = { pageSize: Number(query.pageSize ?? 0), pageToken: query.pageToken ?? "", filter: query.filter ?? "" };
  const depth = DEPTHS[below.split("/").length - 1];

  switch (`${httpMethod} ${depth}${verb && `:${verb}`}`) {
    case "GET secrets":
      return { method: "ListSecrets", request: { parent: upOne(name), ...page } };
    case "POST secrets":
      return {
        method: "CreateSecret",
        request: { parent: upOne(name), secretId: query.secretId ?? "", secret: jsonToSecretInput(body) },
      };
    case "GET secret":
      return { method: "GetSecret", request: { name } };
    case "DELETE secret":
      return { method: "DeleteSecret", request: { name, etag: query.etag ?? "" } };
    case "PATCH secret":
      return {
        method: "UpdateSecret",
        request: { secret: { ...jsonToSecretInput(body), name }, updateMask: fieldMask(query.updateMask) },
      };
    case "POST secret:addVersion":
      return { method: "AddSecretVersion", request: { parent: name, payload: payloadOf(body) } };
    case "POST secret:testIamPermissions":
      return { method: "TestIamPermissions", request: { ...body, resource: name } };
    case "GET versions":
      return { method: "ListSecretVersions", request: { parent: upOne(name), ...page } };
    case "GET version":
      return { method: "GetSecretVersion", request: { name } };
    case "GET version:access":
      return { method: "AccessSecretVersion", request: { name } };
    case "POST version:disable":
      return { method: "DisableSecretVersion", request: { ...body, name } };
    case "POST version:enable":
      return { method: "EnableSecretVersion", request: { ...body, name } };
    case "POST version:destroy":
      return { method: "DestroySecretVersion", request: { ...body, name } };
    default:
      return undefined;
  }
}

/** The resource that a collection is in. */
function upOne(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

function fieldMask(paths: string | undefined) {
  return paths === undefined ? null : { paths: paths.split(",").filter((path) => path !== "") };
}

function payloadOf({ payload }: Readonly<Record<string, unknown>>) {
  if (typeof payload !== "object" || payload === null) return null;
  const { data, ...rest } = payload as { data?: string };
  return { ...rest, data: Buffer.from(data ?? "", "base64") };
}
