import { create } from "@bufbuild/protobuf";
import { FieldOptionsSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { UnaryEchoRequestSchema } from "@wirehouse/proto-testkit/v1";
import { callEcho } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { grid, startPair } from "../testing/grid.ts";
import { type LogEntry, type LogLevel, logging } from "./index.ts";
import { createIsSecret, redactFields, redactMessage, redactText } from "./redact.ts";

const messagesOf = {
  unary: [1, 1],
  server_streaming: [1, 3],
  client_streaming: [3, 1],
  bidi_streaming: [3, 3],
};

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  it("logs one entry on each side", async () => {
    const entries: LogEntry[] = [];
    const log = (entry: LogEntry): void => void entries.push(entry);
    await using pair = await startPair(protocol, {
      client: [logging({ log, side: "client" })],
      server: [logging({ log, side: "server" })],
    });
    expect((await callEcho(kind, pair.transport)).error).toBeUndefined();
    await callEcho(kind, pair.transport, { script: { failCode: Code.DataLoss } });
    await pair.server.untilOpenStreams(0);
    const [requests, responses] = messagesOf[kind];
    const counted = { requests, responses, kind, protocol, message: "rpc finished" };
    for (const side of ["client", "server"] as const) {
      const [ok, failed, ...more] = entries.filter((entry) => entry.side === side);
      expect(more).toEqual([]);
      expect(ok).toMatchObject({ ...counted, level: "info", code: "OK" });
      expect(ok?.method).toMatch(/^wirehouse\.testkit\.v1\.EchoService\/\w+Echo$/);
      expect(failed).toMatchObject({
        level: side === "client" ? "warn" : "error",
        code: "DATA_LOSS",
        error: "scripted failure",
        responses: 0,
      });
      expect(failed?.durationMs).toBeGreaterThanOrEqual(0);
    }
  });
});

it("says Canceled when the caller walks away from a stream", async () => {
  const entries: LogEntry[] = [];
  const log = (entry: LogEntry): void => void entries.push(entry);
  await using pair = await startPair("grpc", { client: [logging({ log, side: "client" })] });
  const controller = new AbortController();
  const onMessage = (): void => controller.abort();
  await callEcho("server_streaming", pair.transport, { messages: 100, signal: controller.signal, onMessage });
  expect(entries.map((entry) => entry.code)).toEqual(["CANCELED"]);
});

it("logs messages only when asked to, with secrets redacted", async () => {
  const entries: LogEntry[] = [];
  const log = (entry: LogEntry): void => void entries.push(entry);
  const options = { log, side: "client", payload: true, redact: /^call_id$/g } as const;
  await using pair = await startPair("connect", {
    client: [logging({ ...options, fields: () => ({ apiKey: "k", user: "ada" }) })],
  });
  const script = { callId: "private", challenge: "Bearer abc.def" };
  await callEcho("unary", pair.transport, { script });
  expect(entries.map((entry) => entry.payload)).toEqual([
    { text: "m0", script: { callId: "[redacted]", challenge: "[redacted]" } },
    { text: "m0" },
    undefined,
  ]);
  expect(entries[2]?.fields).toEqual({ apiKey: "[redacted]", user: "ada" });
});

it("a logger that throws does not fail the call", async () => {
  const log = (): never => {
    throw new Error("disk full");
  };
  await using pair = await startPair("grpc", { client: [logging({ log, side: "client", payload: true })] });
  expect((await callEcho("bidi_streaming", pair.transport)).error).toBeUndefined();
});

describe("redaction", () => {
  const isSecret = createIsSecret(undefined);
  it.each([
    ["refused Bearer abc.def-1", "refused [redacted]"],
    ["was eyJhbGciOi.eyJzdWIi.c2ln!", "was [redacted]!"],
    ["no such document", "no such document"],
  ])("%s", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each(["password", "refreshToken", "Authorization", "set-cookie", "client_secret", "apiKey"])(
    "the field %s",
    (name) => {
      expect(redactFields({ [name]: "x" }, isSecret)).toEqual({ [name]: "[redacted]" });
    },
  );

  it("honours debug_redact", () => {
    const [text] = UnaryEchoRequestSchema.fields;
    expect.assert(text !== undefined);
    const before = text.proto.options;
    text.proto.options = create(FieldOptionsSchema, { debugRedact: true });
    try {
      const message = create(UnaryEchoRequestSchema, { text: "name of a patient" });
      expect(redactMessage(UnaryEchoRequestSchema, message, isSecret)).toEqual({ text: "[redacted]" });
    } finally {
      if (before === undefined) {
        delete text.proto.options;
      } else {
        text.proto.options = before;
      }
    }
  });
});

it("an error's code decides the level, and an option may decide otherwise", async () => {
  const entries: LogEntry[] = [];
  const level = (code: Code | undefined): LogLevel => (code === Code.NotFound ? "debug" : "error");
  const log = (entry: LogEntry): void => void entries.push(entry);
  await using pair = await startPair("grpc", { server: [logging({ log, side: "server", level })] });
  const { error } = await callEcho("unary", pair.transport, { script: { failCode: Code.NotFound } });
  expect(ConnectError.from(error).code).toBe(Code.NotFound);
  expect(entries[0]?.level).toBe("debug");
});
