/** The names directly below a folder, sorted; a folder ends in `/`, and what is both a key and a folder comes twice. */
export function namesBelow(keys: Iterable<string>, folder: string): readonly string[] {
  const names = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(folder)) continue;
    const rest = key.slice(folder.length);
    const slash = rest.indexOf("/");
    if (rest !== "") names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
  }
  return [...names].sort();
}
