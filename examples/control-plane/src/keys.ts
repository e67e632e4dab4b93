import { connectorCipher } from "@qarion/crypto-aes";
import { instanceUrlCipher } from "@qarion/crypto-fernet";
import { createJwtKeyRing } from "@qarion/jwt-rotation";
import type { Secrets } from "@qarion/secrets";

export type Keys = Awaited<ReturnType<typeof openKeys>>;

export const appTokenLifetimeSeconds = 3_600;
export const agentTokenLifetimeSeconds = 900;

/**
 * Every key that this service uses, following its secrets from here on. All or nothing: with one key missing, empty or
 * weak the service does not start, and says everything that is wrong at once.
 *
 * @throws AggregateError of `SecretsError`s
 */
export async function openKeys(secrets: Secrets) {
  const opened = await Promise.allSettled([
    createJwtKeyRing({
      secrets,
      name: "app",
      current: "SECRET_KEY",
      issuer: "qarion",
      audience: "qarion-app",
      maxTokenLifetimeSeconds: appTokenLifetimeSeconds,
    }),
    createJwtKeyRing({
      secrets,
      name: "control-plane",
      current: "CONTROL_PLANE_SECRET_KEY",
      issuer: "qarion",
      audience: "qarion-agent",
      maxTokenLifetimeSeconds: agentTokenLifetimeSeconds,
    }),
    instanceUrlCipher(secrets),
    connectorCipher(secrets),
  ]);
  const [app, controlPlane, instanceUrls, connectorCredentials] = opened;
  if (
    app.status === "rejected" ||
    controlPlane.status === "rejected" ||
    instanceUrls.status === "rejected" ||
    connectorCredentials.status === "rejected"
  ) {
    const errors = opened.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    await Promise.all(opened.map((result) => (result.status === "fulfilled" ? result.value.close() : undefined)));
    throw new AggregateError(errors, "Not every key can be had");
  }
  return {
    /** Signs and verifies what users carry. */
    app: app.value,
    /** Signs and verifies what the agents of instances carry. */
    controlPlane: controlPlane.value,
    /** Fernet, as the rest of the platform reads it. */
    instanceUrls: instanceUrls.value,
    /** AES-256-GCM, bound to its column. */
    connectorCredentials: connectorCredentials.value,
  };
}
