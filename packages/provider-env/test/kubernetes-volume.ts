import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempFolder } from "./temp-folder.js";

/** A Secret volume laid out and updated as the kubelet does it: https://pkg.go.dev/k8s.io/kubernetes/pkg/volume/util */
export class KubernetesVolume {
  readonly directory = tempFolder();
  #version = 0;

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    this.update(files);
  }

  get folder(): string {
    return join(this.directory, `..2026_01_01_00_00_00.${this.#version}`);
  }

  update(files: Readonly<Record<string, string | Uint8Array>>): void {
    const old = this.folder;
    this.#version += 1;
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), content);
    }
    symlinkSync(`..2026_01_01_00_00_00.${this.#version}`, join(this.directory, "..data_tmp"));
    renameSync(join(this.directory, "..data_tmp"), join(this.directory, "..data"));
    for (const top of new Set(Object.keys(files).map((path) => path.split("/")[0] ?? path))) {
      const link = join(this.directory, top);
      rmSync(link, { force: true });
      symlinkSync(join("..data", top), link);
    }
    rmSync(old, { recursive: true, force: true });
  }
}
