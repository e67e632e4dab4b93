import type { SecretManagerServiceClient } from "@google-cloud/secret-manager";
import { callGcp } from "./gcp-call.js";
import { idCharactersOf, nameAnnotation, secretIdOf } from "./secret-resource.js";

const pageSize = 1_000;

/**
 * The names that begin with the prefix. What has an annotation that tells its name is listed by that, and all else by its
 * id, behind the prefix as it was asked for: `prod/SECRET_KEY` for the id `prod_SECRET_KEY` and the prefix `prod/`.
 */
export async function* listNames(
  client: SecretManagerServiceClient,
  parent: string,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<{ readonly name: string }> {
  const idPrefix = idCharactersOf(prefix);
  let pageToken: string | undefined;
  do {
    const request = { parent, pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
    const [secrets, , page] = await callGcp(client, "listSecrets", request, signal);
    for (const { name, annotations } of secrets) {
      const id = name?.slice(name.lastIndexOf("/") + 1) ?? "";
      const told = annotations?.[nameAnnotation];
      if (told !== undefined && secretIdOf(told) === id) {
        if (told.startsWith(prefix)) yield { name: told };
      } else if (id.startsWith(idPrefix)) yield { name: `${prefix}${id.slice(prefix.length)}` };
    }
    pageToken = page?.nextPageToken || undefined;
  } while (pageToken !== undefined);
}
