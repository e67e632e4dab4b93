import { malformedName, projectDenied } from "./service-errors.js";

const SECRET_ID = /^[A-Za-z0-9_-]{1,255}$/;
const VERSION_REFERENCE = /^([1-9][0-9]*|[A-Za-z][A-Za-z0-9_-]{0,62})$/;

/** The one project of a server. Requests may name it by either; answers name it by the number, as the service does. */
export interface Project {
  readonly id: string;
  readonly number: string;
}

/** A secret within the project; regional where it has a location. */
export interface SecretRef {
  readonly id: string;
  readonly location: string | undefined;
}

/** A version as a request names it: by number, `latest` or an alias. */
interface VersionRef {
  readonly secret: SecretRef;
  readonly version: string;
}

/** Reads the names in the requests that one endpoint gets. Each throws RpcError for a name in another form. */
export interface NameReader {
  /** Checks the name of the project, or on a regional endpoint that of its location in the project. */
  parent(name: string): void;
  secret(name: string): SecretRef;
  version(name: string): VersionRef;
}

/**
 * @param location of a regional endpoint; the global one, which knows no regional name, without. A regional endpoint
 * knows only the names of its own location.
 */
export function nameReader(project: Project, location: string | undefined): NameReader {
  const parentFormat = location === undefined ? "projects/*" : "projects/*/locations/*";
  const secretFormat = `${parentFormat}/secrets/*`;
  const versionFormat = `${secretFormat}/versions/*`;

  /** The parts that stand for the format's asterisks, after the checked project and location. */
  const read = (what: Parameters<typeof malformedName>[0], name: string, format: string): string[] => {
    const fixed = format.split("/");
    const parts = name.split("/");
    const named = parts.filter((_, at) => fixed[at] === "*");
    const matches = parts.length === fixed.length && fixed.every((part, at) => part === "*" || part === parts[at]);
    const [projectName = "", ...rest] = named;
    if (!matches || named.includes("")) throw malformedName(what, name, format);
    if (projectName !== project.id && projectName !== project.number) throw projectDenied(projectName);
    if (location === undefined) return rest;
    if (rest[0] !== location) throw malformedName(what, name, format.replace("locations/*", `locations/${location}`));
    return rest.slice(1);
  };

  return {
    parent: (name) => void read("Project", name, parentFormat),
    secret(name) {
      const [id = ""] = read("Secret", name, secretFormat);
      if (!SECRET_ID.test(id)) throw malformedName("Secret", name, secretFormat);
      return { id, location };
    },
    version(name) {
      const [id = "", version = ""] = read("Secret", name, versionFormat);
      if (!SECRET_ID.test(id) || !VERSION_REFERENCE.test(version)) throw malformedName("Secret", name, versionFormat);
      return { secret: { id, location }, version };
    },
  };
}

/** @throws RpcError for what is not an id: letters, digits, `_` and `-`, 1 to 255 of them */
export function checkSecretId(id: string): void {
  // The service's own sentence leaves out the hyphen, which it takes.
  if (!SECRET_ID.test(id)) throw malformedName("Secret", id, "[a-zA-Z_0-9]+");
}

/** The name that answers hold. */
export function secretName(project: Project, { id, location }: SecretRef): string {
  return `${parentName(project, location)}/secrets/${id}`;
}

export function parentName({ number }: Project, location: string | undefined): string {
  return location === undefined ? `projects/${number}` : `projects/${number}/locations/${location}`;
}
