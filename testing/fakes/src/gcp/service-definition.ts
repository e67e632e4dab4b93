import { createRequire } from "node:module";
import { fromJSON, type MessageTypeDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { RPC_CODES, type RpcError } from "./rpc-error.js";

const OPTIONS = { longs: String, enums: String, defaults: true, oneofs: true };

/** The service as the client's own package describes it. */
export function loadServiceDefinition(): ServiceDefinition {
  const require = createRequire(import.meta.url);
  const protos = require("@google-cloud/secret-manager/build/protos/protos.json");
  return fromJSON(protos, OPTIONS)["google.cloud.secretmanager.v1.SecretManagerService"] as ServiceDefinition;
}

// google/rpc/status.proto, google/rpc/error_details.proto and google/protobuf/any.proto, as much as is sent.
const STATUS_PROTOS = fromJSON({
  nested: {
    Status: {
      fields: {
        code: { type: "int32", id: 1 },
        message: { type: "string", id: 2 },
        details: { rule: "repeated", type: "Any", id: 3 },
      },
    },
    Any: { fields: { typeUrl: { type: "string", id: 1 }, value: { type: "bytes", id: 2 } } },
    ErrorInfo: {
      fields: {
        reason: { type: "string", id: 1 },
        domain: { type: "string", id: 2 },
        metadata: { keyType: "string", type: "string", id: 3 } as { type: string; id: number },
      },
    },
  },
});

/** The trailer `grpc-status-details-bin` of an error: a `google.rpc.Status` with its `ErrorInfo`, if it has one. */
export function statusDetails({ status, message, info }: RpcError): Buffer {
  const details = info && [
    { typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: serialize("ErrorInfo", info) },
  ];
  return serialize("Status", { code: RPC_CODES[status], message, details: details ?? [] });
}

function serialize(type: "Status" | "ErrorInfo", message: object): Buffer {
  return (STATUS_PROTOS[type] as MessageTypeDefinition<object, object>).serialize(message);
}
