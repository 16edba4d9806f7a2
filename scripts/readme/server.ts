import { Code, ConnectError } from "@connectrpc/connect";
import { DocumentService } from "@partner/document/service/v1";
import { jwtGate, remoteKeySet } from "@wirehouse/interceptors/auth/server";
import { createServer } from "@wirehouse/server";

const titles = new Map([["0198c5f2-7a10-7000-8000-000000000001", "Contract"]]);

// gRPC, gRPC-Web and Connect on one port. Only who has a token with the scopes that the proto asks for gets in.
export const documentServer = (issuer: string) =>
  createServer({
    auth: jwtGate({
      issuer,
      audience: "documents",
      algorithms: ["ES256"],
      keys: remoteKeySet({ url: `${issuer}/.well-known/jwks.json` }),
    }),
    health: false,
    routes: (router) => {
      router.service(DocumentService, {
        getDocument({ documentId }) {
          const title = titles.get(documentId);
          if (title === undefined) {
            throw new ConnectError(`there is no document ${documentId}`, Code.NotFound);
          }
          return { document: { documentId, title } };
        },
      });
    },
  });
