import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { parentOf, type SecretResource } from "./secret-resource.js";

/** One call's secret, and the client to reach it by. */
export interface SecretTarget {
  readonly client: SecretManagerServiceClient;
  /** As it was asked for. */
  readonly name: string;
  readonly resource: SecretResource;
  readonly project: string;
  readonly signal: AbortSignal;
}

export function resourceNameOf({ project, resource }: SecretTarget): string {
  return `${parentOf(project, resource.location)}/secrets/${resource.id}`;
}
