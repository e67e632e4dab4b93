import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Variables } from "./env-file.js";

/**
 * A Secret volume as the kubelet lays it out: the files stand in a folder of their own, `..data` is a symlink to it, and
 * each name is a symlink through `..data`. An update writes a new folder and swaps the one link.
 */
export class KubernetesVolume {
  readonly directory: string;

  constructor(directory: string, variables: Variables) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    this.update(variables);
  }

  update(variables: Variables): void {
    const link = join(this.directory, "..data");
    const before = readdirSync(this.directory).includes("..data") ? readlinkSync(link) : undefined;
    const folder = mkdtempSync(join(this.directory, `..${new Date().toISOString().replace(/[-:.TZ]/g, "_")}`));
    for (const [name, value] of Object.entries(variables)) writeFileSync(join(folder, name), value, { mode: 0o600 });
    symlinkSync(folder.slice(this.directory.length + 1), `${link}_tmp`);
    renameSync(`${link}_tmp`, link);
    const present = new Set(readdirSync(this.directory));
    for (const name of Object.keys(variables)) {
      if (!present.has(name)) symlinkSync(join("..data", name), join(this.directory, name));
    }
    for (const name of present) if (!name.startsWith("..") && !(name in variables)) rmSync(join(this.directory, name));
    if (before) rmSync(join(this.directory, before), { recursive: true });
  }
}
