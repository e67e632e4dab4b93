import { startGcpServer } from "@qarion-testing/fakes/gcp";
import { describe, expect, it, onTestFinished } from "vitest";
import { installed } from "./as-installed.js";

describe("the SDK", () => {
  it("that is not installed is asked for with the first call, by its name", async () => {
    const run = installed({ withSdk: false });
    const { stdout, stderr } = await run(`
      import { createSecrets } from "@qarion/secrets-core";
      import { gcpPlugin } from "@qarion/provider-gcp";
      const secrets = createSecrets({ provider: await gcpPlugin.provider({ GCP_SECRET_PROJECT: "acme" }) });
      for (const name of ["a", "b"]) {
        const error = await secrets.get(name).catch((error) => error);
        console.log(error.code, error.hint);
      }
      await secrets.close();
    `);
    const line = "ERR_SECRETS_PROVIDER_NOT_INSTALLED Install it with: npm install @google-cloud/secret-manager\n";
    expect([stdout, stderr]).toEqual([line + line, ""]);
  });

  it("is not loaded by an import, by making a provider or by closing it", async () => {
    const run = installed({ withSdk: true });
    const { stdout, stderr } = await run(`
      import { createRequire } from "node:module";
      import { gcpSecretManager } from "@qarion/provider-gcp";
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((file) => /google|grpc/.test(file)).length;
      const counts = [loaded()];
      const options = { project: "acme", clientOptions: { keyFilename: "/nonexistent/key.json" } };
      await gcpSecretManager(options).close();
      counts.push(loaded());
      const signal = AbortSignal.timeout(20_000);
      const error = await gcpSecretManager(options).get({ name: "db", stage: "current" }, { signal }).catch((error) => error);
      console.log(JSON.stringify([...counts, loaded() > 0, error.code]));
    `);
    expect([stdout, stderr]).toEqual(['[0,0,true,"ERR_SECRETS_UNAUTHENTICATED"]\n', ""]);
  });

  it.each(["grpc", "rest"] as const)("writes no value into its debug log, over %s", async (transport) => {
    const gcp = await startGcpServer();
    onTestFinished(() => gcp.close());
    const [read, written] = ["canary-that-is-read", "canary-that-is-written"];
    gcp.secrets.add("db", { versions: [read] });
    const sign: string[] = [];
    const metadata = { clone: () => ({ set: (_: string, value: string) => sign.push(value) }) };
    gcp.clientOptions()["grpc.callInvocationTransformer"]?.({ metadata } as never);
    const run = installed({ withSdk: true });
    const { stdout, stderr } = await run(
      `
      import { createRequire } from "node:module";
      import { gcpSecretManager } from "@qarion/provider-gcp";
      const require = createRequire(createRequire(import.meta.url).resolve("@google-cloud/secret-manager"));
      const { grpc } = require("google-gax");
      const { PassThroughClient } = require("google-auth-library");
      class Signed extends PassThroughClient {
        request(options) {
          const headers = new Headers(options.headers);
          headers.set("authorization", process.env.SIGNED);
          return super.request({ ...options, headers });
        }
      }
      const transport = process.env.TRANSPORT === "rest" ? { fallback: true, protocol: "http" } : {};
      const provider = gcpSecretManager({
        project: "qarion-test",
        clientOptions: {
          apiEndpoint: "127.0.0.1",
          port: Number(process.env.PORT),
          sslCreds: grpc.credentials.createInsecure(),
          authClient: new Signed(),
          "grpc.callInvocationTransformer": (call) => {
            const metadata = call.metadata.clone();
            metadata.set("authorization", process.env.SIGNED);
            return { ...call, metadata };
          },
          ...transport,
        },
      });
      const context = { signal: AbortSignal.timeout(20_000) };
      const { value } = await provider.get({ name: "db", stage: "current" }, context);
      await provider.put({ name: "db", stage: "current" }, process.env.WRITTEN, context);
      await provider.close();
      console.log(Buffer.from(value).toString() === process.env.READ);
    `,
      {
        GOOGLE_SDK_NODE_LOGGING: "*",
        PORT: String(gcp.port),
        READ: read,
        SIGNED: sign[0] ?? "",
        TRANSPORT: transport,
        WRITTEN: written,
      },
    );
    expect(stdout).toBe("true\n");
    expect(gcp.secrets.payload("db", 2).toString()).toBe(written);
    for (const canary of [read, written]) {
      for (const form of [canary, Buffer.from(canary).toString("base64"), [...Buffer.from(canary)].join(",")]) {
        expect(stderr.includes(form)).toBe(false);
      }
    }
  });
});
