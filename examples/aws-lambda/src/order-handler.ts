import type { Secrets } from "@qarion/secrets";
import type { Config } from "./config.js";
import { type Order, OrdersApi, reserve } from "./orders-api.js";

export type Handler = (order: Order) => Promise<{ readonly status: "accepted"; readonly id: string }>;

const refs = {
  token: "orders/api-token",
  user: "orders/warehouse#user",
  password: "orders/warehouse#password",
} as const;

/** Whole or not at all: an `AggregateError` names each secret that could not be had. */
export async function orderHandler(secrets: Secrets, { ordersUrl, warehouseUrl }: Config): Promise<Handler> {
  await secrets.getAll(refs); // one call to the store; what follows finds all of it in the cache
  const token = await secrets.live(refs.token);
  const orders = await token.derive((secret) => new OrdersApi(ordersUrl, secret));

  return async (order) => {
    await orders.ready(); // a thawed function asks the store first, if it slept for longer than a value is fresh
    // `current` is the last good client, however old. Whether it may still serve is for a read to say: while the store
    // cannot be asked, yes, within the cache's limits; once the store refuses or the limit is over, this throws.
    const { user, password } = await secrets.getAll(refs);
    await reserve(warehouseUrl, user, password, order);
    await orders.current.accept(order);
    return { status: "accepted", id: order.id };
  };
}
