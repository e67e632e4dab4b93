import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltCopy } from "./built-copy.js";

const copy = new BuiltCopy();
beforeAll(() => copy.build());
afterAll(() => copy.remove());

const open = "print(await secretsFromEnv().then((secrets) => secrets.get('X')).then((x) => x.reveal()).catch(tell));";
const installed = (plugin: string, name: string) => `export const ${plugin} = { name: "${name}", provider: () => ({
  name: "${name}", capabilities: { stages: false, versions: false }, get: async () => ({ value: "from ${name}" }) }) };`;

describe.each(["esm", "cjs"] as const)("a provider that is not installed (%s)", (format) => {
  it.each([
    ["env", "npm install @qarion/provider-env"],
    ["aws", "npm install @qarion/provider-aws @aws-sdk/client-secrets-manager"],
    ["gcp", "npm install @qarion/provider-gcp @google-cloud/secret-manager"],
    ["vault", "npm install @qarion/provider-vault"],
  ])("%s is told with the command that installs it", (name, command) => {
    const told = copy.run(open, { env: { SECRET_PROVIDER: name }, format }) as Record<string, string>;
    expect(told).toMatchObject({ code: "ERR_SECRETS_PROVIDER_NOT_INSTALLED", isOurs: true });
    expect(told.message).toMatch(new RegExp(`: ${command}$`));
  });

  it("is env when nothing is picked: it is the default", () => {
    expect(copy.run(open, { format })).toMatchObject({ code: "ERR_SECRETS_PROVIDER_NOT_INSTALLED" });
  });
});

describe.each(["esm", "cjs"] as const)("a provider that is installed (%s)", (format) => {
  it.each([
    ["aws", "awsPlugin"],
    ["gcp", "gcpPlugin"],
    ["vault", "vaultPlugin"],
    ["env", "envPlugin"],
  ])("%s is used through its %s", (name, plugin) => {
    copy.install(`@qarion/provider-${name}`, installed(plugin, name));
    expect(copy.run(open, { env: { SECRET_PROVIDER: name }, format })).toBe(`from ${name}`);
    copy.uninstall(`@qarion/provider-${name}`);
  });

  it("is imported when it is the one that was picked, and not before", () => {
    copy.install("@qarion/provider-aws", "globalThis.loaded = ['aws'];");
    copy.install(
      "@qarion/provider-vault",
      `(globalThis.loaded ??= []).push('vault'); ${installed("vaultPlugin", "vault")}`,
    );
    const program = "await secretsFromEnv(); print(globalThis.loaded);";
    expect(copy.run(program, { env: { SECRET_PROVIDER: "vault" }, format })).toEqual(["vault"]);
    copy.uninstall("@qarion/provider-aws");
    copy.uninstall("@qarion/provider-vault");
  });

  it("without its SDK is told with the command that installs both", () => {
    copy.install("@qarion/provider-aws", 'import "@aws-sdk/client-secrets-manager";');
    const told = copy.run(open, { env: { SECRET_PROVIDER: "aws" }, format }) as Record<string, string>;
    expect(told.code).toBe("ERR_SECRETS_PROVIDER_NOT_INSTALLED");
    expect(told.message).toContain("npm install @qarion/provider-aws @aws-sdk/client-secrets-manager");
    copy.uninstall("@qarion/provider-aws");
  });

  it("but fails to load keeps its own error: it is not missing", () => {
    copy.install("@qarion/provider-gcp", 'throw new TypeError("broken build");');
    expect(copy.run(open, { env: { SECRET_PROVIDER: "gcp" }, format })).toMatchObject({
      message: "broken build",
      isOurs: false,
    });
    copy.install("@qarion/provider-gcp", 'import "a-package-of-its-own";');
    const told = copy.run(open, { env: { SECRET_PROVIDER: "gcp" }, format }) as Record<string, string>;
    expect(told).toMatchObject({ code: "ERR_MODULE_NOT_FOUND", isOurs: false });
    expect(told.message).toContain("a-package-of-its-own");
    copy.uninstall("@qarion/provider-gcp");
  });

  it("but holds no plugin of its name is told as what it is", () => {
    copy.install("@qarion/provider-vault", "export const something = 1;");
    expect(copy.run(open, { env: { SECRET_PROVIDER: "vault" }, format })).toMatchObject({
      code: "ERR_SECRETS_PROVIDER_UNKNOWN",
    });
    copy.uninstall("@qarion/provider-vault");
  });
});
