import { once } from "node:events";
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secretsFromEnv } from "@qarion/secrets";
import { onTestFinished } from "vitest";
import { type Files, KubernetesVolume } from "../demo/kubernetes-volume.js";
import { reportService } from "../src/report-service.js";

/** A folder that is gone when the test is over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "qarion-kubernetes-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function volumeWith(files: Files): KubernetesVolume {
  return new KubernetesVolume(join(tempFolder(), "secrets"), files);
}

/**
 * The folder that a container sees which mounts each file by `subPath`: the kubelet resolves the links once, when the
 * container starts, and bind-mounts the file that is there. A hard link is the same: the file, and not its name.
 */
export function subPathMounts(volume: KubernetesVolume, names: readonly string[]): string {
  const directory = join(tempFolder(), "mounted");
  mkdirSync(directory);
  for (const name of names) linkSync(realpathSync(join(volume.directory, name)), join(directory, name));
  return directory;
}

/** The service on a free port, with its secrets in a folder. */
export async function serviceWith(directory: string): Promise<{ baseUrl: string }> {
  const secrets = await secretsFromEnv({ env: { SECRET_PROVIDER: "env", SECRETS_DIRECTORY: directory } });
  const server = reportService(secrets).listen(0, "127.0.0.1");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await secrets.close();
  });
  await once(server, "listening");
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
