import type { ProviderHarness } from "@qarion/secrets-conformance";
import { startAwsServer } from "@qarion-testing/fakes/aws";
import { awsSecretsManager } from "../src/index.js";
import { stagingLabel } from "../src/staging-label.js";

const faultOf = {
  denied: "AccessDeniedException",
  throttled: "ThrottlingException",
  unavailable: "InternalServiceError",
  unauthenticated: "ExpiredTokenException",
  hang: { kind: "hang" },
} as const;

/** The provider over the real SDK and a server on loopback. One try, so that a fault is not waited out. */
export const awsHarness: ProviderHarness = {
  name: "awsSecretsManager",
  async create() {
    const server = await startAwsServer();
    const provider = awsSecretsManager({ clientOptions: { ...server.clientOptions, maxAttempts: 1 } });
    return {
      provider,
      seed: (name, value, { stage = "current" } = {}) =>
        void server.seed(name, value, { stages: [stagingLabel[stage]] }),
      fail(mode) {
        server.clearFaults();
        if (mode) server.fault(faultOf[mode]);
      },
      canaries: [server.clientOptions.credentials.secretAccessKey],
      async close() {
        await provider.close?.();
        await server.close();
      },
    };
  },
  skip: {
    "get: an empty string is a value": "Secrets Manager takes no empty value",
  },
};
