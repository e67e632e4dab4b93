/** Two columns of what happened, as wide as they need. */
export function table(title: string, rows: readonly (readonly [string, string | number])[]): string {
  const left = Math.max(...rows.map(([label]) => label.length));
  const right = Math.max(...rows.map(([, value]) => String(value).length));
  const line = "─".repeat(left + right + 3);
  return [
    title,
    line,
    ...rows.map(([label, value]) => `${label.padEnd(left)}   ${String(value).padStart(right)}`),
    line,
  ].join("\n");
}
