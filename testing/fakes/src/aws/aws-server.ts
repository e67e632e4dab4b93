import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type FaultScope,
  type HttpAnswer,
  type HttpFault,
  httpFaults,
  type PlannedFault,
  readBody,
  startLoopbackServer,
} from "../faults/index.js";
import { AwsError, type AwsErrorName, errorAnswer, jsonAnswer } from "./aws-error.js";
import { type AwsCalls, callJournal } from "./call-journal.js";
import { type Iam, iam } from "./iam.js";
import type { OperationContext } from "./operations/operation.js";
import { operations } from "./operations/operations.js";
import { parameters } from "./parameters.js";
import { type AwsRequest, decodeRequest, unknownOperation } from "./protocol.js";
import { secretStore } from "./secret-store.js";
import { type AwsCredentials, checkSignature } from "./sigv4.js";
import { type StoreSeed, storeSeed } from "./store-seed.js";

export interface AwsServerOptions {
  /** `eu-central-1` unless given. A request that is signed for another one is refused. */
  readonly region?: string;
  /** `123456789012` unless given. */
  readonly accountId?: string;
  /** The server's clock, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** Filtered lists come in pages that may be short or empty before the last one, as the service is allowed to do. */
  readonly sparsePages?: boolean;
}

/** AWS Secrets Manager of one account and region, on 127.0.0.1, for the SDK's own client. */
export interface AwsServer extends StoreSeed {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** What `new SecretsManagerClient(…)` takes. */
  readonly clientOptions: { readonly region: string; readonly endpoint: string; readonly credentials: AwsCredentials };
  /** What arrived, for a test to look at. */
  readonly calls: AwsCalls;
  readonly iam: Iam;
  /**
   * Makes calls go wrong: an HTTP fault, or an error of the service by its name. Operations are named as in the API.
   * One that meets a fault is in `calls` too.
   */
  fault(fault: HttpFault | AwsErrorName, scope?: FaultScope): PlannedFault;
  clearFaults(): void;
  /** How many connections clients hold open. */
  connections(): Promise<number>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// Of the form that AWS has, and of no account.
const CREDENTIALS: AwsCredentials = { accessKeyId: "AKIAFAKEFAKEFAKEFAKE", secretAccessKey: "fake/secret/access/key" };

export async function startAwsServer(options: AwsServerOptions = {}): Promise<AwsServer> {
  const { region = "eu-central-1", accountId = "123456789012", now = Date.now, sparsePages = false } = options;
  const store = secretStore({ region, accountId, now });
  const { authorize, ...access } = iam(store, accountId);
  const { unreadable, ...seed } = storeSeed(store);
  const { add: addCall, ...calls } = callJournal();
  const faults = httpFaults();
  const context: OperationContext = { store, authorize, unreadable, sparsePages };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const call = decodeRequest(request, body);
    addCall(call.operation, call.input);
    await faults.respond(call.operation, response, () =>
      answerTo(() => {
        checkSignature(request, body, { ...CREDENTIALS, region });
        return perform(context, call);
      }),
    );
  };
  const server = await startLoopbackServer(handle);

  return {
    ...seed,
    endpoint: server.url,
    region,
    accountId,
    clientOptions: { region, endpoint: server.url, credentials: CREDENTIALS },
    calls,
    iam: access,
    fault: (fault, scope) => faults.add(typeof fault === "string" ? awsFault(fault) : fault, scope),
    clearFaults: faults.clear,
    connections: server.connections,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}

/** An error of the service as an HTTP fault, to stand in the `next` of another one. */
export function awsFault(name: AwsErrorName, message?: string): HttpFault {
  return { kind: "answer", answer: () => errorAnswer(new AwsError(name, message)) };
}

function perform(context: OperationContext, { operation, input }: AwsRequest): object {
  const run = operations.get(operation);
  if (run === undefined) throw unknownOperation(operation);
  return run(context, parameters(input));
}

function answerTo(run: () => object): HttpAnswer {
  try {
    return jsonAnswer(200, run());
  } catch (error) {
    if (error instanceof AwsError) return errorAnswer(error);
    throw error;
  }
}
