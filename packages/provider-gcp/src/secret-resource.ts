import { gcpError } from "./gcp-error.js";

/** A secret as the service knows it. */
export interface SecretResource {
  readonly id: string;
  /** `undefined` of a name that leaves it to the provider's options. */
  readonly project: string | undefined;
  /** Of a regional secret. */
  readonly location: string | undefined;
  /** Whether the id was made of a name, and not given as it is in a full resource name. */
  readonly isMapped: boolean;
}

/** The annotation of a secret that was made here, where its id is not its name: `list` tells names by it. */
export const nameAnnotation = "qarion-name";

const fullName = /^projects\/([^/]+)(?:\/locations\/([^/]+))?\/secrets\/([A-Za-z0-9_-]{1,255})$/;
/** The names that core lets pass, without the leading slash. */
const shortName = /^[A-Za-z0-9_.@+=:-]+(?:\/[A-Za-z0-9_.@+=:-]+)*$/;
const mostIdLength = 255;

/**
 * Full resource names, of the project or of a location in it, are taken as they are. Of any other name, each character
 * that ids have not becomes `_`.
 *
 * https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create#query-parameters
 *
 * @param location of the provider's options
 * @throws SecretsError `ERR_SECRETS_INVALID_REF`
 */
export function secretResourceOf(name: string, location: string | undefined): SecretResource {
  const full = fullName.exec(name);
  if (full) {
    const [, project, region, id = ""] = full;
    return { id, project, location: region, isMapped: false };
  }
  if (/^projects\/[^/]+\/(?:secrets|locations)\//.test(name)) {
    throw invalid(
      "A full name is projects/<project>/secrets/<id> or projects/<project>/locations/<location>/secrets/<id>; a version follows as @v=<number>.",
      name,
    );
  }
  const id = secretIdOf(name);
  if (id === undefined) {
    throw invalid(
      "Names have segments of A-Z a-z 0-9 _ . @ + = : - joined by single slashes, no leading slash, no . or .. segment, and at most 255 characters.",
      name,
    );
  }
  return { id, project: undefined, location, isMapped: true };
}

/** The id that a name stands for: one character for one, so that prefixes stay prefixes. `undefined` for what is no name. */
export function secretIdOf(name: string): string | undefined {
  if (name.length > mostIdLength || !shortName.test(name)) return undefined;
  if (name.split("/").some((segment) => segment === "." || segment === "..")) return undefined;
  return idCharactersOf(name);
}

/** The same for a part of a name. */
export function idCharactersOf(part: string): string {
  return part.replace(/[^A-Za-z0-9_-]/g, "_");
}

/** `projects/<project>`, or `projects/<project>/locations/<location>` */
export function parentOf(project: string, location: string | undefined): string {
  return location === undefined ? `projects/${project}` : `projects/${project}/locations/${location}`;
}

function invalid(hint: string, secretName: string) {
  return gcpError("ERR_SECRETS_INVALID_REF", { hint, secretName });
}
