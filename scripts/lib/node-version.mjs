const MINIMUM_MAJOR = 20;

/**
 * Throws one clear sentence on a Node.js that is too old, instead of the syntax error that would follow.
 * @param {string} [version]
 */
export function requireSupportedNode(version = process.versions.node) {
  const major = Number.parseInt(version, 10);
  if (!(major >= MINIMUM_MAJOR)) {
    throw new Error(`Node.js ${MINIMUM_MAJOR} or newer is needed; this is Node.js ${version} (${process.execPath})`);
  }
}
