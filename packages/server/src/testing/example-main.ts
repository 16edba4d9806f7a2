import { jwtGate, remoteKeySet } from "@wirehouse/interceptors/auth/server";
import { file_wirehouse_server_v1_policies as serverPolicies } from "@wirehouse/proto-server/v1";
import { EchoService } from "@wirehouse/proto-testkit/v1";
import { createServer } from "@wirehouse/server";

const server = createServer({
  auth: jwtGate({
    issuer: "https://id.example.com",
    audience: "echo",
    algorithms: ["ES256"],
    keys: remoteKeySet({ url: "https://id.example.com/jwks" }),
    // Who may call health and reflection; the policies of your own RPCs stand in their protos.
    policies: [serverPolicies],
  }),
  routes: (router) => {
    router.service(EchoService, { unaryEcho: ({ text }) => ({ text }) });
  },
});

const { url } = await server.listen({ port: Number(process.env.PORT), signals: ["SIGTERM", "SIGINT"] });
console.log(`listening on ${url}`);
await server.closed;
