import { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import type { ProviderHarness } from "@qarion/secrets-conformance";
import type { Stage } from "@qarion/secrets-core";
import { type GcpServer, startGcpServer } from "@qarion-testing/fakes/gcp";
import { gcpSecretManager } from "../src/index.js";
import { nameAnnotation, secretIdOf } from "../src/secret-resource.js";

const faultOf = {
  denied: { kind: "error", status: "PERMISSION_DENIED" },
  throttled: { kind: "error", status: "RESOURCE_EXHAUSTED" },
  unavailable: { kind: "error", status: "UNAVAILABLE" },
  unauthenticated: { kind: "error", status: "UNAUTHENTICATED" },
  hang: { kind: "hang" },
} as const;

type Seed = (gcp: GcpServer, id: string, value: string | Uint8Array, stage: Stage) => void;

/** `latest` is the version added last, so what was current is added again behind what is pending. */
const seedLatest: Seed = ({ secrets }, id, value, stage) => {
  const before = secrets.describe(id)?.versions.length ?? 0;
  const added = secrets.addVersion(id, value);
  if (stage !== "pending") return;
  secrets.setAliases(id, { pending: added });
  if (before > 0) secrets.addVersion(id, secrets.payload(id, before));
};

const seedAlias: Seed = ({ secrets }, id, value, stage) => {
  const aliases = secrets.describe(id)?.aliases ?? {};
  const added = secrets.addVersion(id, value);
  if (stage !== "current") return secrets.setAliases(id, { ...aliases, [stage]: added });
  const previous = aliases.live === undefined ? {} : { previous: aliases.live };
  secrets.setAliases(id, { ...aliases, ...previous, live: added });
};

interface Variant {
  readonly name: string;
  readonly transport: "grpc" | "rest";
  readonly version?: "live";
  readonly skip?: ProviderHarness["skip"];
}

/** The provider over the real client and a server on loopback. */
function harness({ name, transport, version, skip }: Variant): ProviderHarness {
  return {
    name,
    async create() {
      const gcp = await startGcpServer();
      const owner = new SecretManagerServiceClient(gcp.clientOptions());
      const clientOptions = gcp.clientOptions({ transport });
      const provider = gcpSecretManager({ clientOptions, project: gcp.project, version });
      return {
        provider,
        async seed(name, value, { stage = "current" } = {}) {
          const id = secretIdOf(name) ?? "";
          if (gcp.secrets.describe(id) === undefined) {
            // As `put` makes it.
            const secret = { replication: { automatic: {} }, annotations: { [nameAnnotation]: name } };
            await owner.createSecret({ parent: `projects/${gcp.project}`, secretId: id, secret });
          }
          (version ? seedAlias : seedLatest)(gcp, id, value, stage);
        },
        fail(mode) {
          gcp.clearFaults();
          if (mode) gcp.fault(faultOf[mode]);
        },
        canaries: [tokenOf(gcp)],
        async close() {
          await provider.close?.();
          await owner.close();
          await gcp.close();
        },
      };
    },
    skip: { "get: an empty string is a value": "Secret Manager takes no empty value", ...skip },
  };
}

/** The random part of the token that the client signs in with. */
function tokenOf(gcp: GcpServer): string {
  const headers: string[] = [];
  const metadata = { clone: () => ({ set: (_: string, value: string) => headers.push(value) }) };
  gcp.clientOptions()["grpc.callInvocationTransformer"]?.({ metadata } as never);
  return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(headers[0] ?? "")?.[0] ?? "";
}

const latestAtOnce = "a version that is added is `latest` at once, so nothing can be pending";
const skip = { "put: a pending value leaves the current one alone": latestAtOnce } as const;

export const gcpHarnesses: readonly ProviderHarness[] = [
  harness({ name: "gcpSecretManager", transport: "grpc", skip }),
  harness({ name: "gcpSecretManager over REST", transport: "rest", skip }),
  harness({ name: "gcpSecretManager by aliases", transport: "grpc", version: "live" }),
];
