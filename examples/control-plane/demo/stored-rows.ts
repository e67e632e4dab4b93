import { PGlite } from "@electric-sql/pglite";

export interface StoredRows {
  readonly urls: readonly string[];
  readonly credentials: readonly string[];
}

/** What a thief of the disk would find: the rows as they stand in the database's files. The server must be stopped. */
export async function storedRows(dataDirectory: string): Promise<StoredRows> {
  const database = await PGlite.create(dataDirectory);
  try {
    const urls = await database.query<{ url_ciphertext: string }>(
      "select url_ciphertext from instances order by created_at, id",
    );
    const credentials = await database.query<{ credentials_ciphertext: string }>(
      "select credentials_ciphertext from connectors order by created_at, id",
    );
    return {
      urls: urls.rows.map((row) => row.url_ciphertext),
      credentials: credentials.rows.map((row) => row.credentials_ciphertext),
    };
  } finally {
    await database.close();
  }
}
