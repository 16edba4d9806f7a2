/** A service in a process of its own, for the test of shutdown: the echo server, which releases its held calls when told over IPC. */
import { startEcho } from "./echo.ts";

const { server, url, scripts } = await startEcho(
  {},
  { signals: ["SIGTERM", "SIGINT"], close: { grace: Number(process.env.GRACE_MS) } },
);
process.on("message", async (message: { hold?: readonly string[]; release?: readonly string[] }) => {
  if (message.hold !== undefined) {
    await Promise.all(message.hold.map((callId) => scripts.untilHeld(callId)));
    process.send?.({ held: message.hold.length });
  }
  for (const callId of message.release ?? []) {
    scripts.release(callId);
  }
});
process.send?.({ url });
await server.closed;
process.disconnect();
