import { randomBytes } from "node:crypto";
import type { AwsServer } from "@qarion-testing/fakes/built/aws";
import type { Upstream } from "./upstream.js";

/** The credentials of the function: what the store holds and what the services behind the function accept. */
export class Credentials {
  readonly #aws: Pick<AwsServer, "seed">;
  readonly #orders: Upstream;
  readonly #warehouse: Upstream;
  /** Every one there ever was. */
  readonly all: string[] = [];

  constructor(aws: Pick<AwsServer, "seed">, orders: Upstream, warehouse: Upstream) {
    this.#aws = aws;
    this.#orders = orders;
    this.#warehouse = warehouse;
  }

  /** New ones; the services accept no others from now on. */
  rotate(): void {
    const [token, password] = [randomBytes(24).toString("base64url"), randomBytes(24).toString("base64url")] as const;
    this.#aws.seed("orders/api-token", token);
    this.#aws.seed("orders/warehouse", JSON.stringify({ user: "orders", password }));
    this.#orders.expects = `Bearer ${token}`;
    this.#warehouse.expects = `Basic ${Buffer.from(`orders:${password}`).toString("base64")}`;
    this.all.push(token, password);
  }
}
