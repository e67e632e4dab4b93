import { type Cipher, CipherError } from "@qarion/secrets-core/keys";
import type { Database } from "../database.js";

/** Where an instance's database is: what may be shown of its URL. */
export interface Endpoint {
  readonly host: string;
  readonly port: string;
  readonly database: string;
}

/** A tenant's instance. Its database URL is held privately: whatever prints or serialises an instance leaves it out. */
export class Instance {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
  readonly #url: string | undefined;

  /** Without a URL: what is stored cannot be read. */
  constructor(row: { id: string; name: string; created_at: Date; last_seen_at: Date | null }, url: string | undefined) {
    this.id = row.id;
    this.name = row.name;
    this.createdAt = row.created_at;
    this.lastSeenAt = row.last_seen_at;
    this.#url = url;
  }

  get endpoint(): Endpoint | null {
    if (this.#url === undefined || !URL.canParse(this.#url)) return null;
    const { hostname, port, pathname } = new URL(this.#url);
    return { host: hostname, port, database: pathname.slice(1) };
  }

  /** For the code that connects to the instance, and for nothing else. */
  revealUrl(): string | undefined {
    return this.#url;
  }
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly url_ciphertext: string;
  readonly created_at: Date;
  readonly last_seen_at: Date | null;
}

/** The table of instances: URLs are encrypted on the way in and decrypted on the way out, here and nowhere else. */
export class InstanceModel {
  readonly #database: Database;
  readonly #cipher: Cipher;

  constructor(database: Database, cipher: Cipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  async create(name: string, url: string): Promise<Instance> {
    const { rows } = await this.#database.query<Row>(
      "insert into instances (name, url_ciphertext) values ($1, $2) returning *",
      [name, this.#cipher.encrypt(url)],
    );
    return this.#opened(rows[0] as Row);
  }

  async list(): Promise<Instance[]> {
    const { rows } = await this.#database.query<Row>("select * from instances order by created_at, id");
    return rows.map((row) => this.#openedOrNot(row)); // one damaged row must not hide the others
  }

  async find(id: string): Promise<Instance | undefined> {
    const { rows } = await this.#database.query<Row>("select * from instances where id = $1", [id]);
    return rows[0] && this.#opened(rows[0]);
  }

  async seen(id: string): Promise<boolean> {
    const { rows } = await this.#database.query(
      "update instances set last_seen_at = now() where id = $1 returning id",
      [id],
    );
    return rows.length === 1;
  }

  #openedOrNot(row: Row): Instance {
    try {
      return this.#opened(row);
    } catch (error) {
      if (CipherError.is(error)) return new Instance(row, undefined);
      throw error;
    }
  }

  #opened(row: Row): Instance {
    return new Instance(row, this.#cipher.decrypt(row.url_ciphertext));
  }
}
