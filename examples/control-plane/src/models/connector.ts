import { randomUUID } from "node:crypto";
import type { Cipher, CipherContext } from "@qarion/secrets-core/keys";
import type { Database } from "../database.js";

/** What the credentials of a row are bound to: a ciphertext pasted into another column or row does not open. */
export function credentialsContext(id: string): CipherContext {
  return { column: "connectors.credentials", id };
}

/** A source system that an instance reads from. Its credentials go in and are used; they never come out. */
export interface Connector {
  readonly id: string;
  readonly instanceId: string;
  readonly name: string;
  readonly kind: string;
  readonly createdAt: Date;
}

export type Credentials = Readonly<Record<string, string>>;

interface Row {
  readonly id: string;
  readonly instance_id: string;
  readonly name: string;
  readonly kind: string;
  readonly created_at: Date;
}

const columns = "id, instance_id, name, kind, created_at";

export class ConnectorModel {
  readonly #database: Database;
  readonly #cipher: Cipher;

  constructor(database: Database, cipher: Cipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  async create(connector: {
    instanceId: string;
    name: string;
    kind: string;
    credentials: Credentials;
  }): Promise<Connector> {
    const id = randomUUID(); // made here, since the ciphertext is bound to it
    const { rows } = await this.#database.query<Row>(
      `insert into connectors (id, instance_id, name, kind, credentials_ciphertext) values ($1, $2, $3, $4, $5) returning ${columns}`,
      [
        id,
        connector.instanceId,
        connector.name,
        connector.kind,
        this.#cipher.encrypt(JSON.stringify(connector.credentials), credentialsContext(id)),
      ],
    );
    return connectorOf(rows[0] as Row);
  }

  async list(instanceId: string): Promise<Connector[]> {
    const { rows } = await this.#database.query<Row>(
      `select ${columns} from connectors where instance_id = $1 order by created_at, id`,
      [instanceId],
    );
    return rows.map(connectorOf);
  }

  /** For the code that signs in to the source system, and for nothing else. */
  async revealCredentials(id: string): Promise<Credentials | undefined> {
    const { rows } = await this.#database.query<{ credentials_ciphertext: string }>(
      "select credentials_ciphertext from connectors where id = $1",
      [id],
    );
    return (
      rows[0] &&
      (JSON.parse(this.#cipher.decrypt(rows[0].credentials_ciphertext, credentialsContext(id))) as Credentials)
    );
  }
}

function connectorOf(row: Row): Connector {
  return { id: row.id, instanceId: row.instance_id, name: row.name, kind: row.kind, createdAt: row.created_at };
}
