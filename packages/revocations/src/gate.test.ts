import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { IdentityService } from "@partner/identity/service/v1";
import { jwtGate, remoteKeySet } from "@wirehouse/interceptors/auth/server";
import { expect, it } from "vitest";
import { revocationFeed } from "./index.ts";

/** Shown in the README. */
async function createGate(transport: Transport) {
  const feed = revocationFeed({ transport });
  await feed.ready;
  const gate = jwtGate({
    issuer: "https://id.example",
    audience: "wirehouse",
    algorithms: ["ES256"],
    keys: remoteKeySet({ url: "https://id.example/.well-known/jwks.json" }),
    revoked: feed,
  });
  return { gate, feed };
}

it("a gate takes the feed as it is", async () => {
  const transport = createRouterTransport(({ service }) => {
    service(IdentityService, {
      async *watchRevocations(_request, { signal }) {
        yield { cursor: "1", message: { case: "heartbeat", value: {} } };
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
  });
  const { gate, feed } = await createGate(transport);
  expect(() => gate.assertPolicies([IdentityService])).not.toThrow();
  await feed.close();
});
