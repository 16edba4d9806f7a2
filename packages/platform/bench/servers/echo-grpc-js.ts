// A peer: GetDocument answered from memory by @grpc/grpc-js, with the codec of protobuf-es.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import {
  type GetDocumentRequest,
  GetDocumentRequestSchema,
  type GetDocumentResponse,
  GetDocumentResponseSchema,
} from "@partner/document/service/v1";
import { announceUrl } from "./announce.ts";
import { document } from "./fixture.ts";

const server = new Server();
server.addService(
  {
    getDocument: {
      path: "/partner.document.service.v1.DocumentService/GetDocument",
      requestStream: false,
      responseStream: false,
      requestDeserialize: (bytes: Buffer) => fromBinary(GetDocumentRequestSchema, bytes),
      requestSerialize: (message: GetDocumentRequest) =>
        Buffer.from(toBinary(GetDocumentRequestSchema, message)),
      responseDeserialize: (bytes: Buffer) => fromBinary(GetDocumentResponseSchema, bytes),
      responseSerialize: (message: GetDocumentResponse) =>
        Buffer.from(toBinary(GetDocumentResponseSchema, message)),
    },
  },
  {
    getDocument: (
      _call: ServerUnaryCall<GetDocumentRequest, GetDocumentResponse>,
      answer: sendUnaryData<GetDocumentResponse>,
    ) => answer(null, create(GetDocumentResponseSchema, { document })),
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) {
    throw error;
  }
  announceUrl(`http://127.0.0.1:${port}`);
});
