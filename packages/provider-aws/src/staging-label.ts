import type { Stage } from "@qarion/secrets-core";

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version */
export const stagingLabel: Readonly<Record<Stage, string>> = {
  current: "AWSCURRENT",
  previous: "AWSPREVIOUS",
  pending: "AWSPENDING",
};
