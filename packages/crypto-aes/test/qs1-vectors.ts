import { readFileSync } from "node:fs";

export interface Qs1Vector {
  readonly name: string;
  readonly key: string;
  readonly context: Readonly<Record<string, string>>;
  readonly iv: string;
  readonly plaintext: string;
  readonly keyId: string;
  readonly info: string;
  readonly columnKey: string;
  readonly aad: string;
  readonly ciphertext: string;
}

export interface Qs1Refusal extends Pick<Qs1Vector, "name" | "key" | "context" | "ciphertext"> {
  readonly error: "MALFORMED" | "KEY_UNKNOWN" | "AUTHENTICATION_FAILED" | "CONTEXT";
}

export const vectorsFile = new URL("./vectors/qs1.json", import.meta.url);

/** The published vectors of the format, made by qs1_oracle.py. */
export const { vectors, refused } = JSON.parse(readFileSync(vectorsFile, "utf8")) as {
  readonly vectors: readonly Qs1Vector[];
  readonly refused: readonly Qs1Refusal[];
};
