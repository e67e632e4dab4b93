import type { Cipher, CipherContext } from "@qarion/secrets-core/keys";
import type { Database } from "./database.js";
import type { Keys } from "./keys.js";
import { credentialsContext } from "./models/connector.js";

export interface Column {
  readonly table: "instances" | "connectors";
  readonly column: string;
  readonly cipher: Cipher;
  /** What the ciphertext of a row is bound to. */
  readonly context?: (id: string) => CipherContext;
}

export interface ColumnReport {
  /** Rows rewritten under the current key. */
  rotated: number;
  /** Rows that were under it already. */
  current: number;
  /** Rows that someone else wrote meanwhile, with the current key. */
  superseded: number;
  /** The ids of rows that could not be read. */
  failed: string[];
}

export function encryptedColumns(keys: Keys): readonly Column[] {
  return [
    { table: "instances", column: "url_ciphertext", cipher: keys.instanceUrls },
    {
      table: "connectors",
      column: "credentials_ciphertext",
      cipher: keys.connectorCredentials,
      context: credentialsContext,
    },
  ];
}

const pageSize = 100;
const firstId = "00000000-0000-0000-0000-000000000000";

/**
 * Page by page in the order of the ids, so that memory stays flat and every row is met once. A row is written only if it
 * still holds what was read (compare-and-swap): whoever edits it meanwhile wins.
 */
export async function reencryptColumn(
  database: Database,
  { table, column, cipher, context }: Column,
): Promise<ColumnReport> {
  const report: ColumnReport = { rotated: 0, current: 0, superseded: 0, failed: [] };
  let after = firstId;
  while (true) {
    // Table and column are constants of this file, never input.
    const { rows } = await database.query<{ id: string; ciphertext: string }>(
      `select id, ${column} as ciphertext from ${table} where id > $1 order by id limit ${pageSize}`,
      [after],
    );
    for (const { id, ciphertext } of rows) {
      const next = rotated(cipher, ciphertext, context?.(id));
      if (!next) report.failed.push(id);
      else if (!next.changed) report.current += 1;
      else {
        const written = await database.query(
          `update ${table} set ${column} = $1 where id = $2 and ${column} = $3 returning id`,
          [next.ciphertext, id, ciphertext],
        );
        if (written.rows.length === 1) report.rotated += 1;
        else report.superseded += 1;
      }
    }
    const last = rows.at(-1);
    if (!last) return report;
    after = last.id;
  }
}

/** `undefined` for a row that cannot be read: it is reported by its id and keeps its value. */
function rotated(cipher: Cipher, ciphertext: string, context: CipherContext | undefined) {
  try {
    return cipher.rotate(ciphertext, context);
  } catch {
    return undefined;
  }
}
