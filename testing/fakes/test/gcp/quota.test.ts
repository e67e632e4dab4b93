import { describe, expect, it } from "vitest";
import { failureOf, once, PROJECT, serverAndClient } from "./server-and-client.js";

const name = `${PROJECT}/secrets/db/versions/1`;

describe("a quota", () => {
  it("refuses what is over the minute's requests as RESOURCE_EXHAUSTED, and not those of the next minute", async () => {
    let now = Date.UTC(2026, 0, 1);
    const { gcp, client } = await serverAndClient({ quotas: { access: 2 }, now: () => now });
    gcp.secrets.add("db", { versions: ["one"] });
    for (let calls = 0; calls < 2; calls++) await client.accessSecretVersion({ name });
    const error = await failureOf(client.accessSecretVersion({ name }, once()));
    expect(error).toMatchObject({
      code: 8,
      reason: "RATE_LIMIT_EXCEEDED",
      errorInfoMetadata: { service: "secretmanager.googleapis.com", quota_limit_value: "2" },
    });
    expect(error.message).toContain("for consumer 'project_number:710000000042'");
    now += 60_000;
    await client.accessSecretVersion({ name });
  });

  it("is counted apart for access, read and write", async () => {
    const { gcp, client } = await serverAndClient({ quotas: { access: 1, read: 1, write: 1 }, now: () => 0 });
    gcp.secrets.add("db", { versions: ["one"] });
    const rounds = async () => [
      await client.accessSecretVersion({ name }, once()).then(() => 0, codeOf),
      await client.getSecretVersion({ name }).then(() => 0, codeOf),
      await client.enableSecretVersion({ name }).then(() => 0, codeOf),
    ];
    expect(await rounds()).toEqual([0, 0, 0]);
    expect(await rounds()).toEqual([8, 8, 8]);
  });

  it("is 600 reads a minute unless the test says otherwise", async () => {
    const { gcp, client } = await serverAndClient({ now: () => 0 });
    gcp.secrets.add("db", { versions: ["one"] });
    const codes = await Promise.all(
      Array.from({ length: 601 }, () => client.getSecretVersion({ name }).then(() => 0, codeOf)),
    );
    expect(codes.filter((code) => code === 8)).toHaveLength(1);
  });
});

function codeOf({ code }: { code: number }): number {
  return code;
}
