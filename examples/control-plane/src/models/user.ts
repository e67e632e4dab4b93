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

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
// OWASP Password Storage Cheat Sheet, scrypt: N = 2^14, r = 8, p = 5 (16 MiB a hash).
const cost: ScryptOptions = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };

export class UserModel {
  readonly #database: Database;
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

  async signIn(email: string, password: string): Promise<User | undefined> {
    const { rows } = await this.#database.query<Row>("select * from users where email = $1", [email.toLowerCase()]);
    const [user] = rows;
    const matches = await verifyPassword(password, user?.password_hash ?? (await this.#nobody));
    return user && matches ? { id: user.id, email: user.email, role: user.role } : undefined;
  }
}

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString("base64url")}.${(await derive(password, salt, 32, cost)).toString("base64url")}`;
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [salt = "", hash = ""] = stored.split(".");
  const expected = Buffer.from(hash, "base64url");
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64url"), expected.length, cost), expected);
}
