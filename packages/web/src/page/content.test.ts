// Uploads and downloads against the real service, over connections that break.
import { randomUUID } from "node:crypto";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createTestClock } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { startDocumentServer } from "../testing/document-server.ts";
import { downloadContent } from "./download.ts";
import { fileNameOf, mediaTypeOf, partBytes, uploadFile } from "./upload.ts";

const content = Uint8Array.from(
  { length: 2 * partBytes + 5 },
  (_, index) => (index * 31 + (index >> 8)) & 0xff,
);
const { random } = createTestClock();
const timing = { random, sleep: () => Promise.resolve() };
const fail = (code: Code): never => {
  throw new ConnectError("scripted", code);
};

type Server = Awaited<ReturnType<typeof startDocumentServer>>;

async function upload({ client, documentId }: Server, data = content, signal = new AbortController().signal) {
  const progress: number[] = [];
  const file = new File([data], "notes.txt", { type: "text/plain" });
  const onProgress = (bytes: number) => progress.push(bytes);
  await uploadFile({ ...timing, client, documentId, file, newKey: randomUUID, signal, onProgress });
  return progress;
}

async function download({ client, documentId }: Server) {
  const progress: number[] = [];
  const { signal } = new AbortController();
  const onProgress = (bytes: number) => progress.push(bytes);
  const { content, revision } = await downloadContent({ ...timing, client, documentId, signal, onProgress });
  return { bytes: new Uint8Array(await content.arrayBuffer()), revision, progress };
}

/** What happens to the calls of a method, one after the other: lost on the way there, on the way back, or well. */
function losing(method: string, ...fates: ("there" | "back" | "well")[]): Interceptor {
  return (next) => async (request) => {
    const fate = request.method.name === method ? fates.shift() : undefined;
    if (fate === "there") {
      return fail(Code.Unavailable);
    }
    const response = await next(request);
    if (fate === "back" && response.stream) {
      for await (const _ of response.message) {
        fail(Code.Unavailable);
      }
    }
    return response;
  };
}

/** Breaks each of the first `times` downloads after so many messages. */
function breaking(times: number, after: number, code: Code): Interceptor {
  return (next) => async (request) => {
    const response = await next(request);
    if (request.method.name !== "DownloadContent" || times-- <= 0 || !response.stream) {
      return response;
    }
    const { message } = response;
    return {
      ...response,
      message: (async function* () {
        let sent = 0;
        for await (const one of message) {
          if (sent++ === after) {
            fail(code);
          }
          yield one;
        }
      })(),
    };
  };
}

describe("uploadFile", () => {
  it("sends a file in parts, and the same bytes come back", async () => {
    const server = await startDocumentServer();
    expect(await upload(server)).toEqual([0, partBytes, 2 * partBytes, content.length]);
    const { bytes, revision } = await download(server);
    expect(Buffer.from(bytes).equals(content)).toBe(true);
    expect(revision).toMatchObject({ fileName: "notes.txt", mediaType: "text/plain", number: 1n });
  });

  it("sends an empty file", async () => {
    const server = await startDocumentServer();
    expect(await upload(server, new Uint8Array())).toEqual([0, 0]);
    expect((await download(server)).bytes.length).toBe(0);
  });

  it.each([
    ["a part is lost", ["well", "there"]],
    ["the answer to a part is lost", ["back", "back"]],
    ["the answer to the last part is lost", ["well", "well", "back"]],
    ["five attempts in a row are lost", ["there", "there", "there", "there", "there"]],
  ] as const)("goes on where it was when %s", async (_, fates) => {
    const server = await startDocumentServer(losing("UploadContent", ...fates));
    expect((await upload(server)).at(-1)).toBe(content.length);
    const { bytes, revision } = await download(server);
    expect([revision.number, Buffer.from(bytes).equals(content)]).toEqual([1n, true]);
  });

  it("gives up after six attempts without an answer", async () => {
    const server = await startDocumentServer(losing("UploadContent", ...Array(6).fill("there")));
    await expect(upload(server)).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it("stops at once when it is cancelled", async () => {
    const server = await startDocumentServer();
    const cancelled = AbortSignal.abort();
    await expect(upload(server, content, cancelled)).rejects.toThrow();
  });
});

describe("downloadContent", () => {
  it.each([
    ["the stream breaks", 2, Code.Unavailable],
    ["the token of the stream ends", 2, Code.Unauthenticated],
    ["no answer comes", 0, Code.Unavailable],
  ])("goes on where it was when %s", async (_, after, code) => {
    const server = await startDocumentServer(breaking(3, after, code));
    await upload(server);
    const { bytes, progress } = await download(server);
    expect(Buffer.from(bytes).equals(content)).toBe(true);
    expect(progress).toEqual([...new Set(progress)].sort((a, b) => a - b));
  });

  it("rejects when the caller is refused", async () => {
    const server = await startDocumentServer(breaking(1, 0, Code.Unauthenticated));
    await upload(server);
    await expect(download(server)).rejects.toMatchObject({ code: Code.Unauthenticated });
  });

  it("rejects content whose digest is not that of the header", async () => {
    const flip: Interceptor = (next) => async (request) => {
      const response = await next(request);
      if (request.method.name !== "DownloadContent" || !response.stream) {
        return response;
      }
      const message = response.message as AsyncIterable<{
        message: { case: string; value: { data: Uint8Array } };
      }>;
      return {
        ...response,
        message: (async function* () {
          for await (const one of message) {
            if (one.message.case === "chunk") {
              one.message.value.data[0] = (one.message.value.data[0] ?? 0) ^ 1;
            }
            yield one;
          }
        })(),
      } as typeof response;
    };
    const server = await startDocumentServer(flip);
    await upload(server);
    await expect(download(server)).rejects.toMatchObject({ code: Code.DataLoss });
  });
});

it.each([
  ["application/pdf", "application/pdf"],
  ["text/html; charset=utf-8", "text/html"],
  ["", "application/octet-stream"],
  ["nonsense", "application/octet-stream"],
])("the media type %j is sent as %j", (type, sent) => {
  expect(mediaTypeOf(type)).toBe(sent);
});

it.each([
  ["notes.txt", "notes.txt"],
  ["a/b\\c\n.txt", "a_b_c_.txt"],
  ["..", ""],
  ["ä".repeat(128), ""],
])("the file name %j is sent as %j", (name, sent) => {
  expect(fileNameOf(name)).toBe(sent);
});
