import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { DocumentService } from "@partner/document/service/v1";
import { StorageError, type StorageErrorCode } from "@partner/storage";
import { expect, it } from "vitest";
import { storageErrors } from "./storage-errors.ts";

/** What a client gets when the storage throws. */
async function failureOf(code: StorageErrorCode): Promise<ConnectError> {
  const transport = createRouterTransport(({ service }) => {
    const getDocument = () => {
      throw new StorageError(code, "what only operators may see");
    };
    service(DocumentService, { getDocument }, { interceptors: [storageErrors()] });
  });
  const error = await createClient(DocumentService, transport)
    .getDocument({})
    .catch((reason: unknown) => reason);
  return ConnectError.from(error);
}

it.each<[StorageErrorCode, Code, RegExp]>([
  ["unavailable", Code.Unavailable, /not available/],
  ["commit_unknown", Code.Unavailable, /not available/],
  ["full", Code.Unavailable, /disk is full/],
  ["corrupt", Code.Internal, /^internal error$/],
])("%s", async (code, expected, message) => {
  const failure = await failureOf(code);
  expect(failure.code).toBe(expected);
  expect(failure.rawMessage).toMatch(message);
  expect(failure.rawMessage).not.toContain("operators");
});
