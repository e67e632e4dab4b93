import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { configFrom } from "../src/config.js";
import { refs } from "../src/report-login.js";

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Container {
  readonly env: readonly Variable[];
  readonly envFrom?: unknown;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly volumeMounts: readonly Record<string, unknown>[];
  readonly securityContext: unknown;
}
interface Projected {
  readonly defaultMode: number;
  readonly sources: readonly { readonly secret: { readonly items: readonly { readonly path: string }[] } }[];
}
interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string; readonly defaultMode: number } | null;
  readonly projected?: Projected;
}
interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly serviceAccountName: string;
  readonly securityContext: { readonly runAsUser: number; readonly fsGroup: number; readonly runAsNonRoot: boolean };
  readonly containers: readonly [Container];
  readonly volumes: readonly [Volume];
}

const folder = new URL("../manifests/", import.meta.url);

/** As kubectl reads YAML, which is version 1.1: there 0400 is octal. */
function documentsOf(file: string): unknown[] {
  const documents = parseAllDocuments(readFileSync(new URL(file, folder), "utf8"), { version: "1.1" });
  return documents.map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS();
  });
}

const [account, deployment] = documentsOf("deployment.yaml") as [
  { metadata: { name: string }; automountServiceAccountToken: boolean },
  { spec: { template: { spec: PodSpec } } },
];
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const [patch] = documentsOf("deployment-projected.yaml") as [{ spec: { template: { spec: { volumes: [Volume] } } } }];
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));

describe("the deployment", () => {
  it("gives the service the variables that it reads, as text, and none that holds a secret", () => {
    expect(env).toMatchObject({ SECRET_PROVIDER: "env" });
    expect(configFrom(env)).toEqual({ host: "0.0.0.0", port: container.ports[0]?.containerPort });
    expect(container.env.filter(({ value }) => typeof value !== "string")).toEqual([]);
    expect(container.envFrom).toBeUndefined();
    // A variable would hide the file of its name.
    const variables = Object.values(refs).map((name) => name.toUpperCase().replaceAll("-", "_"));
    expect(variables.filter((name) => name in env)).toEqual([]);
  });

  it("mounts the volume where the service looks, read-only and without subPath", () => {
    expect(container.volumeMounts).toEqual([
      { name: pod.volumes[0].name, mountPath: env.SECRETS_DIRECTORY, readOnly: true },
    ]);
  });

  it("opens the files to the service's group alone", () => {
    expect(pod.volumes[0].secret?.defaultMode).toBe(0o400);
    expect(pod.securityContext.fsGroup).toBeGreaterThan(0);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
  });

  it("gives the container no more than it needs", () => {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect([account.automountServiceAccountToken, pod.automountServiceAccountToken]).toEqual([false, false]);
    expect(pod.serviceAccountName).toBe(account.metadata.name);
  });

  it("asks the probes by the named port", () => {
    const probes = [container.readinessProbe.httpGet, container.livenessProbe.httpGet];
    expect(probes.map(({ path }) => path)).toEqual(["/readyz", "/healthz"]); // test/report-service.test.ts asks them
    expect(probes.map(({ port }) => port)).toEqual([container.ports[0]?.name, container.ports[0]?.name]);
  });
});

describe("the projected variant", () => {
  const [volume] = patch.spec.template.spec.volumes;

  it("replaces the volume of the deployment", () => {
    expect([volume.name, volume.secret]).toEqual([pod.volumes[0].name, null]);
    expect(volume.projected?.defaultMode).toBe(0o400);
  });

  it("names its files as the service does", () => {
    const paths = volume.projected?.sources.flatMap(({ secret }) => secret.items.map(({ path }) => path));
    expect(paths).toEqual(Object.values(refs));
  });
});

it("the role of who rotates is about the Secret of the deployment, and lists none", () => {
  const [role] = documentsOf("rotation-role.yaml") as [{ rules: unknown }];
  expect(role.rules).toEqual([
    {
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: [pod.volumes[0].secret?.secretName],
      verbs: ["get", "patch"],
    },
  ]);
});

it("the README makes the Secret of the deployment with the keys that the service reads", () => {
  const command = /kubectl create secret generic (\S+)(.*?)```/s.exec(readme);
  expect(command?.[1]).toBe(pod.volumes[0].secret?.secretName);
  for (const name of Object.values(refs)) expect(command?.[2]).toContain(`--from-file=${name}=`);
});

it("no manifest holds a Secret", () => {
  const kinds = readdirSync(folder).flatMap((file) => documentsOf(file) as { kind?: string }[]);
  expect(kinds.filter(({ kind }) => kind === "Secret")).toEqual([]);
});
