// A peer: GetDocument answered from memory by plain connect-node, with nothing around it.
import { createServer } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import { announce } from "./announce.ts";
import { document } from "./fixture.ts";

announce(
  createServer(
    connectNodeAdapter({
      routes: (router) => router.service(DocumentService, { getDocument: () => ({ document }) }),
    }),
  ),
);
