/** What is configured and is no secret. */
export interface Config {
  readonly ordersUrl: string;
  readonly warehouseUrl: string;
}

export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  return { ordersUrl: urlFrom(env, "ORDERS_URL"), warehouseUrl: urlFrom(env, "WAREHOUSE_URL") };
}

function urlFrom(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  // What stands there is not repeated: it may be a URL with a password.
  if (value === undefined || !URL.canParse(value)) throw new Error(`${name} is not a URL.`);
  return value;
}
