import type { AwsServer } from "@qarion-testing/fakes/aws";
import { vi } from "vitest";

/** The environment that Lambda gives a function, with the store's address. `vi.unstubAllEnvs` takes it back. */
export function setAwsEnv({ region, endpoint, clientOptions }: AwsServer): void {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint);
  vi.stubEnv("AWS_ACCESS_KEY_ID", clientOptions.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", clientOptions.credentials.secretAccessKey);
  vi.stubEnv("SECRET_PROVIDER", "aws");
}
