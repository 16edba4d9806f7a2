import { createServer } from "node:http2";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";

const titles = new Map([["0198c5f2-7a10-7000-8000-000000000001", "Contract"]]);

const routes = (router: ConnectRouter) =>
  router.service(DocumentService, {
    getDocument({ documentId }) {
      const title = titles.get(documentId);
      if (title === undefined) {
        throw new ConnectError(`there is no document ${documentId}`, Code.NotFound);
      }
      return { document: { documentId, title } };
    },
  });

export const serve = (port: number) => createServer(connectNodeAdapter({ routes })).listen(port);
