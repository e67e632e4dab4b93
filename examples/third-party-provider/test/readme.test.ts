import { readFileSync } from "node:fs";
import type { SecretProvider } from "@qarion/secrets-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { redisSecrets } from "../src/index.js";
import { aclRules, readme } from "./support/acl-rules.js";
import { codeOf, context, namesIn, put, ref, textOf } from "./support/ask.js";
import { describeOnServer } from "./support/describe-on-server.js";
import { PrivateRedis, serverVersion } from "./support/private-redis.js";

it("the README shows the demo as it is", () => {
  const demo = readFileSync(new URL("../demo/rotate.mjs", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`js\n${demo}\`\`\``);
});

describeOnServer("the users of the README", () => {
  let server: PrivateRedis;
  let owner: SecretProvider;
  beforeAll(async () => {
    server = await PrivateRedis.start();
    owner = redisSecrets({ url: server.adminUrl });
    await put(owner, "there", "a value");
  });
  afterAll(async () => {
    await owner.close?.();
    await server.stop();
  });

  async function listens(provider: SecretProvider): Promise<void> {
    const ending = new AbortController();
    for await (const _ of provider.watch?.({ signal: ending.signal }) ?? []) ending.abort();
  }
  const readAll = async (provider: SecretProvider) => {
    await provider.get(ref("there"), context);
    await namesIn(provider);
    await listens(provider);
  };
  const writeAll = async (provider: SecretProvider) => {
    await put(provider, "written", "first");
    await put(provider, "written", "second");
    const pending = await put(provider, "written", "third", "pending");
    await provider.promote?.("written", pending, context);
  };

  async function as<T>(rules: string, use: (provider: SecretProvider) => Promise<T>): Promise<T> {
    const provider = redisSecrets({ url: await server.user("app", rules) });
    try {
      return await use(provider);
    } finally {
      await provider.close?.();
    }
  }

  it("a reader reads, lists and watches, and leaves nothing in the server's log of refusals", async () => {
    await server.admin.acl("LOG", "RESET");
    await as(aclRules("reader"), readAll);
    expect(await server.admin.acl("LOG")).toEqual([]);
  });

  it("a reader writes nothing", async () => {
    await as(aclRules("reader"), async (provider) => {
      expect(await codeOf(provider, put(provider, "there", "another"))).toBe("ERR_SECRETS_ACCESS_DENIED");
      const promotion = provider.promote?.("there", "any", context);
      expect(await codeOf(provider, promotion)).toBe("ERR_SECRETS_ACCESS_DENIED");
    });
    expect(await textOf(owner, "there")).toBe("a value");
  });

  it("a reader has only the keys under its prefix, and only its channel", async () => {
    await as(aclRules("reader", "others:"), async (provider) => {
      expect(await codeOf(provider, provider.get(ref("there"), context))).toBe("ERR_SECRETS_ACCESS_DENIED");
      expect(await codeOf(provider, listens(provider))).toBe("ERR_SECRETS_ACCESS_DENIED");
    });
  });

  it("a writer does all of it, and leaves nothing in the server's log of refusals", async () => {
    await server.admin.acl("LOG", "RESET");
    await as(aclRules("writer"), async (provider) => {
      await readAll(provider);
      await writeAll(provider);
      expect(await textOf(provider, "written")).toBe("third");
    });
    expect(await server.admin.acl("LOG")).toEqual([]);
  });

  const users = ["reader", "writer"] as const;
  const rights = serverVersion
    ? users.flatMap((user) =>
        aclRules(user)
          .split(" ")
          .map((right) => ({ user, right })),
      )
    : [];
  it.each(rights)("a $user needs $right", async ({ user, right }) => {
    const rules = aclRules(user)
      .split(" ")
      .filter((each) => each !== right)
      .join(" ");
    const use = async (provider: SecretProvider) => {
      await readAll(provider);
      if (user === "writer") await writeAll(provider);
    };
    await expect(as(rules, use)).rejects.toThrow(/Redis answered (NOPERM|ERR)/);
  });
});
