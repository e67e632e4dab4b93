import { describe, expect, it, onTestFinished, vi } from "vitest";
import { awsPlugin } from "../src/index.js";
import { awsServer } from "./aws-setup.js";

describe("awsPlugin", () => {
  const make = async (env: Record<string, string>) => awsPlugin.provider?.(env);

  it("is SECRET_PROVIDER=aws", async () => {
    expect(awsPlugin.name).toBe("aws");
    expect((await make({}))?.name).toBe("aws");
  });

  it("takes the prefix and the bundle from the environment, and blanks for none", async () => {
    expect((await make({ AWS_SECRET_PREFIX: "prod/" }))?.naming).toEqual({ prefix: "prod/", bundle: undefined });
    expect((await make({ AWS_SECRET_ARN: " app " }))?.naming).toEqual({ prefix: undefined, bundle: "app" });
    expect((await make({ AWS_SECRET_PREFIX: " ", AWS_SECRET_ARN: "" }))?.naming).toEqual({
      prefix: undefined,
      bundle: undefined,
    });
  });

  it("takes the region from the environment that it is given, and the rest from where the SDK looks", async () => {
    const server = await awsServer({ region: "ap-south-1" });
    server.seed("a", "one");
    const { accessKeyId, secretAccessKey } = server.clientOptions.credentials;
    vi.stubEnv("AWS_REGION", "us-east-1"); // the process's own, which is not asked
    vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    onTestFinished(() => void vi.unstubAllEnvs());
    const provider = await make({ AWS_REGION: "ap-south-1" });
    onTestFinished(() => provider?.close?.());
    const answer = await provider?.get({ name: "a", stage: "current" }, { signal: new AbortController().signal });
    expect(answer?.value).toBe("one");
  });
});
