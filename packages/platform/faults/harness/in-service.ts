import process from "node:process";

/**
 * Preloaded into a service (`node --import`), so that the harness can move its clock and weigh its memory. The service
 * itself knows nothing of it, and has no such switch of its own.
 */
export type Order = { readonly shiftClockMs: number } | { readonly weigh: true };

const RealDate = Date;
let shift = 0;

class ShiftedDate extends RealDate {
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [RealDate.now() + shift] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + shift;
  }
}
globalThis.Date = ShiftedDate as DateConstructor;

process.on("message", (order: Order) => {
  if ("shiftClockMs" in order) {
    shift = order.shiftClockMs;
    process.send?.({ shifted: shift });
  } else {
    globalThis.gc?.();
    process.send?.({ heapBytes: process.memoryUsage().heapUsed });
  }
});
// The harness must not keep a service alive that wants to end, nor may it outlive the harness, however that ends.
process.channel?.unref();
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
