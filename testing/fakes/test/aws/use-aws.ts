import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach } from "vitest";
import { type AwsServer, type AwsServerOptions, startAwsServer } from "../../src/aws/index.js";

/** A server and the SDK's client for each test. The client asks once: what is retried is not what is tested. */
export interface AwsUnderTest {
  readonly aws: AwsServer;
  readonly client: SecretsManager;
}

export function useAws(options?: AwsServerOptions): AwsUnderTest {
  let aws: AwsServer;
  let client: SecretsManager;
  beforeEach(async () => {
    aws = await startAwsServer(options);
    client = new SecretsManager({ ...aws.clientOptions, maxAttempts: 1 });
  });
  afterEach(async () => {
    client.destroy();
    await aws.close();
  });
  return {
    get aws() {
      return aws;
    },
    get client() {
      return client;
    },
  };
}

/** How a call was refused. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode ?? 0, message };
  }
  throw new Error("the call was not refused");
}

/** A text that stands for a secret, and is none. */
export const [ONE, TWO, THREE] = ["value one", "value two", "value three"] as const;
