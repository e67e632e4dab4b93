import { createHmac, randomBytes, randomUUID } from "node:crypto";

/** Writes and reads X-Vault-Index: a position in a cluster's log, that only the cluster understands. */
export class VaultIndex {
  readonly clusterId = randomUUID();
  readonly #key = randomBytes(32);

  encode(index: number): string {
    const state = `v1:${this.clusterId}:${index}:0`;
    return Buffer.from(`${state}:${this.#seal(state)}`).toString("base64");
  }

  /** The greatest of those that a request gives. `undefined`: it gives none that is of this cluster. */
  decode(header: string | undefined): number | undefined {
    const indexes = (header ?? "").split(",").flatMap((one) => {
      const [version, cluster, index, replicated, seal] = Buffer.from(one.trim(), "base64").toString().split(":");
      const state = `${version}:${cluster}:${index}:${replicated}`;
      return cluster === this.clusterId && seal === this.#seal(state) ? [Number(index)] : [];
    });
    return indexes.length === 0 ? undefined : Math.max(...indexes);
  }

  #seal(state: string): string {
    return createHmac("sha256", this.#key).update(state).digest("hex");
  }
}
