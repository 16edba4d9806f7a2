import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";
import { bearerAuth, passwordTokenSource } from "@wirehouse/interceptors/auth";

export async function readTitle(baseUrl: string, issuer: string, password: string, documentId: string) {
  // Fetched when it is needed, renewed ahead of its end, and once when the server refuses it.
  const tokens = passwordTokenSource({ endpoint: `${issuer}/token`, username: "ada", password });
  const transport = createGrpcTransport({ baseUrl, interceptors: [bearerAuth({ tokens })] });
  const { document } = await createClient(DocumentService, transport).getDocument({ documentId });
  return document?.title;
}
