// What Lambda does around a function: loads its module once, then hands it one event after the other. The parent freezes
// and thaws this process; when it hangs up, nothing may be left that keeps the process alive.
import type { Handler } from "../src/order-handler.js";
import type { Order } from "../src/orders-api.js";

export type Answer = { readonly ok: boolean; readonly text: string };

const { handler } = (await import("../src/handler.js")) as { handler: Handler };

process.on("message", async (order: Order) => {
  const answer: Answer = await handler(order).then(
    ({ status }) => ({ ok: true, text: status }),
    (error: Error & { code?: string }) => ({ ok: false, text: error.code ?? error.message }),
  );
  process.send?.(answer);
});
process.send?.({ ok: true, text: "started" } satisfies Answer);
