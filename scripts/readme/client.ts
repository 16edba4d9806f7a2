import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { DocumentService } from "@partner/document/service/v1";

export async function readTitle(baseUrl: string, documentId: string): Promise<string | undefined> {
  const documents = createClient(DocumentService, createGrpcTransport({ baseUrl }));
  const { document } = await documents.getDocument({ documentId });
  return document?.title;
}
