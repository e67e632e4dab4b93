import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

export type Files = Readonly<Record<string, string>>;

/**
 * A Secret volume as the kubelet lays it out and updates it (pkg/volume/util/atomic_writer.go of Kubernetes): the files
 * stand in a folder with a time in its name, `..data` is a link to that folder, and each name is a link through `..data`.
 * An update writes another folder and swaps the one link by a rename.
 */
export class KubernetesVolume {
  readonly directory: string;

  constructor(directory: string, files: Files) {
    mkdirSync(directory, { recursive: true });
    this.directory = realpathSync(directory);
    this.update(files);
  }

  update(files: Files): void {
    const at = (name: string) => join(this.directory, name);
    const before = readdirSync(this.directory).filter((name) => name.startsWith("..") && name !== "..data");
    const folder = mkdtempSync(at("..2026_01_01_00_00_00."));
    for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), value, { mode: 0o400 });
    symlinkSync(basename(folder), at("..data_tmp"));
    renameSync(at("..data_tmp"), at("..data"));
    const present = readdirSync(this.directory).filter((name) => !name.startsWith(".."));
    for (const name of Object.keys(files)) if (!present.includes(name)) symlinkSync(join("..data", name), at(name));
    for (const name of present) if (!Object.hasOwn(files, name)) rmSync(at(name));
    for (const name of before) rmSync(at(name), { recursive: true });
  }
}
