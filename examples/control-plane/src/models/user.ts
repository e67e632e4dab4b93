import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Database } from "../database.js";

export type Role = "admin" | "member";

export interface User {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
}

interface Row {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly password_hash: string;
}

const saltBytes = 16;
const hashBytes = 32;
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
// OWASP Password Storage Cheat Sheet, scrypt: N = 2^14, r = 8, p = 5 (16 MiB a hash).
const cost: ScryptOptions = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };

/** Hashing shares Node's few threads with reading files: a flood of it must not keep the keys from being refreshed. */
const mostSignIns = 50;

/** The caller may try again in a moment. */
export class TooManySignIns extends Error {}

export class UserModel {
  readonly #database: Database;
  #signingIn = 0;
  /** Checked when there is no such user, so that the time of an answer does not tell who has an account. */
  readonly #nobody = hashPassword(randomBytes(16).toString("base64url"));

  constructor(database: Database) {
    this.#database = database;
  }

  async create(email: string, password: string, role: Role): Promise<User> {
    const { rows } = await this.#database.query<Row>(
      "insert into users (email, password_hash, role) values ($1, $2, $3) returning id, email, role",
      [email.toLowerCase(), await hashPassword(password), role],
    );
    return rows[0] as User;
  }

  async isEmpty(): Promise<boolean> {
    const { rows } = await this.#database.query("select 1 from users limit 1");
    return rows.length === 0;
  }

  async find(id: string): Promise<User | undefined> {
    const { rows } = await this.#database.query<User>("select id, email, role from users where id = $1", [id]);
    return rows[0];
  }

  /** @throws TooManySignIns while as many are under way as the machine can bear: each costs memory and a thread */
  async signIn(email: string, password: string): Promise<User | undefined> {
    if (this.#signingIn >= mostSignIns) throw new TooManySignIns();
    this.#signingIn += 1;
    try {
      return await this.#signIn(email, password);
    } finally {
      this.#signingIn -= 1;
    }
  }

  async #signIn(email: string, password: string): Promise<User | undefined> {
    const { rows } = await this.#database.query<Row>("select * from users where email = $1", [email.toLowerCase()]);
    const [user] = rows;
    const matches = await verifyPassword(password, user?.password_hash ?? (await this.#nobody));
    return user && matches ? { id: user.id, email: user.email, role: user.role } : undefined;
  }
}

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return `${salt.toString("base64url")}.${(await derive(password, salt, hashBytes, cost)).toString("base64url")}`;
}

/** A stored text that is no hash of ours, such as the mark of a locked account, is matched by no password. */
async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [salt, hash] = stored.split(".").map((part) => Buffer.from(part, "base64url"));
  if (salt?.length !== saltBytes || hash?.length !== hashBytes) return false;
  return timingSafeEqual(await derive(password, salt, hashBytes, cost), hash);
}
