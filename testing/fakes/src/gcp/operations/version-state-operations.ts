import { versionMessage } from "../messages.js";
import { secretName } from "../resource-name.js";
import type { Permission } from "../roles.js";
import type { SecretStore } from "../secret-store.js";
import {
  alreadyDestroyed,
  destructionScheduled,
  etagMismatch,
  malformedName,
  versionNotFound,
} from "../service-errors.js";
import type { StoredSecret, StoredVersion } from "../stored-secret.js";
import { authorize, findSecret, type Operation } from "./operation.js";
import type { NamedRequest } from "./secret-operations.js";

type Change = (version: StoredVersion, secret: StoredSecret, store: SecretStore) => void;

/** Also calls off a destruction that is scheduled. */
export const enableSecretVersion = stateOperation("secretmanager.versions.enable", (version) => {
  version.state = "ENABLED";
  version.destroyAtMs = undefined;
});

/** Also calls off a destruction that is scheduled. */
export const disableSecretVersion = stateOperation("secretmanager.versions.disable", (version) => {
  version.state = "DISABLED";
  version.destroyAtMs = undefined;
});

/** At once and for good; where the secret has a delay, disabled until it is over. */
export const destroySecretVersion = stateOperation("secretmanager.versions.destroy", (version, secret, store) => {
  if (version.destroyAtMs !== undefined) throw destructionScheduled();
  if (secret.versionDestroyTtlMs === undefined) return store.destroy(version);
  version.state = "DISABLED";
  version.destroyAtMs = store.now() + secret.versionDestroyTtlMs;
});

function stateOperation(permission: Permission, change: Change): Operation<NamedRequest> {
  return {
    quota: "write",
    run({ name = "", etag }, context) {
      const { secret: ref, version: reference } = context.names.version(name);
      // Neither `latest` nor an alias: what is changed is named by its number.
      if (!/^\d+$/.test(reference)) throw malformedName("Secret Version", name, "projects/*/secrets/*/versions*");
      const answered = secretName(context.store.project, ref);
      authorize(context, permission, `${answered}/versions/${reference}`, ref);
      const secret = findSecret(context, ref, answered);
      const version = secret.versions[Number(reference) - 1];
      if (version === undefined) throw versionNotFound(`${answered}/versions/${reference}`);
      if (etag && etag !== version.etag) throw etagMismatch();
      if (version.state === "DESTROYED") throw alreadyDestroyed();
      change(version, secret, context.store);
      context.store.touch(version);
      return versionMessage(secret, version);
    },
  };
}
