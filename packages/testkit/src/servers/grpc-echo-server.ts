import type { Readable } from "node:stream";
import type { DescMethod } from "@bufbuild/protobuf";
import { fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
} from "@grpc/grpc-js";
import {
  type BidiEchoRequest,
  type ClientEchoRequest,
  EchoService,
  type Script,
  type ServerEchoRequest,
  type UnaryEchoRequest,
} from "@wirehouse/proto-testkit/v1";
import { TestkitError } from "../errors.ts";
import { createStateWatcher } from "../events.ts";
import type { Denial, EchoServer, EchoServerOptions, ReceivedCall } from "./echo-server.ts";
import { createScriptRunner, type ScriptRun } from "./script.ts";

type AnyCall = { metadata: Metadata; getDeadline(): Date | number; getPath(): string };

/**
 * Starts an echo server on grpc-js, on a free port of the loopback interface. It speaks gRPC only, and answers a call
 * that fails before its first message with trailers only (gRPC over HTTP/2, "Responses"), as grpc-go does.
 */
export async function startGrpcEchoServer(options: EchoServerOptions = {}): Promise<EchoServer> {
  const scripts = createScriptRunner();
  const watcher = createStateWatcher();
  const calls: ReceivedCall[] = [];
  const open = new Set<AnyCall>();

  /** Records a call and returns the denial, if it is not admitted. */
  const admit = (call: AnyCall): Denial | undefined => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(call.metadata.getMap())) {
      headers[name] = value.toString();
    }
    calls.push({ procedure: call.getPath(), headers, timeoutMs: timeLeft(call.getDeadline()) });
    open.add(call);
    watcher.changed();
    return options.authorize?.(headers.authorization, call.getPath());
  };
  const closed = (call: AnyCall): void => {
    open.delete(call);
    watcher.changed();
  };

  const unary = async (call: ServerUnaryCall<UnaryEchoRequest, object>, callback: sendUnaryData<object>) => {
    let failure = admit(call);
    if (failure === undefined) {
      const run = scripts.start(call.request.script);
      await run.ready;
      failure = run.failure(0);
    }
    failure === undefined ? callback(null, { text: call.request.text }) : callback(grpcError(failure));
    closed(call);
  };
  const serverStream = async (call: ServerWritableStream<ServerEchoRequest, object>) => {
    call.once("close", () => closed(call));
    let failure = admit(call);
    if (failure === undefined) {
      const run = scripts.start(call.request.script);
      await run.ready;
      const count = call.request.script?.messages ?? 0;
      failure = run.failure(0);
      for (let index = 0; index < count && failure === undefined; ) {
        call.write({ text: call.request.text, index });
        failure = run.failure(++index);
      }
    }
    finish(call, failure);
  };
  const clientStream = async (
    call: ServerReadableStream<ClientEchoRequest, object>,
    callback: sendUnaryData<object>,
  ) => {
    const texts: string[] = [];
    const failure =
      admit(call) ??
      (await eachRequest<ClientEchoRequest>(call, (request, run) =>
        run.failure(texts.push(request.text) - 1),
      ));
    failure === undefined ? callback(null, { texts }) : callback(grpcError(failure));
    closed(call);
  };
  const bidiStream = async (call: ServerDuplexStream<BidiEchoRequest, object>) => {
    call.once("close", () => closed(call));
    let index = 0;
    const failure =
      admit(call) ??
      (await eachRequest<BidiEchoRequest>(call, (request, run) => {
        const due = run.failure(index);
        if (due === undefined) {
          call.write({ text: request.text, index: index++ });
        }
        return due;
      }));
    finish(call, failure);
  };

  async function eachRequest<T extends { script?: Script | undefined }>(
    call: Readable,
    on: (request: T, run: ScriptRun) => Denial | undefined,
  ): Promise<Denial | undefined> {
    let run: ScriptRun | undefined;
    try {
      // Leaving the loop must not destroy the call: its error is still to be sent.
      for await (const request of call.iterator({ destroyOnReturn: false }) as AsyncIterable<T>) {
        run ??= scripts.start(request.script);
        await run.ready;
        const failure = on(request, run);
        if (failure !== undefined) {
          return failure;
        }
      }
    } catch {
      // The client cancelled: there is nobody to answer.
      return { code: 1, message: "cancelled by the client", challenge: undefined };
    }
    return run?.failure(Number.MAX_SAFE_INTEGER);
  }

  const server = new Server();
  server.addService(grpcServiceDefinition(), {
    unaryEcho: unary,
    unaryWrite: unary,
    serverEcho: serverStream,
    clientEcho: clientStream,
    bidiEcho: bidiStream,
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null
        ? resolve(bound)
        : reject(new TestkitError("not_listening", error.message, { cause: error })),
    );
  });
  const close = async (): Promise<void> => server.forceShutdown();
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    scripts,
    get openStreams() {
      return open.size;
    },
    untilCalls: (count) => watcher.until(() => calls.length >= count),
    untilOpenStreams: (count) => watcher.until(() => open.size <= count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** grpc-js takes the timeout header away and keeps the deadline. */
function timeLeft(deadline: Date | number): number | undefined {
  const at = Number(deadline);
  return Number.isFinite(at) ? at - Date.now() : undefined;
}

function finish(
  call: { end(): void; emit(event: "error", error: Error): unknown },
  failure: Denial | undefined,
): void {
  failure === undefined ? call.end() : call.emit("error", grpcError(failure));
}

function grpcError(denial: Denial): Error & { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  if (denial.challenge !== undefined) {
    metadata.set("www-authenticate", denial.challenge);
  }
  return Object.assign(new Error(denial.message), { code: denial.code, details: denial.message, metadata });
}

function grpcServiceDefinition(): ServiceDefinition {
  const entries = EchoService.methods.map((method: DescMethod) => [
    method.localName,
    {
      path: `/${EchoService.typeName}/${method.name}`,
      requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
      responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
      requestSerialize: (message: Message) => Buffer.from(toBinary(method.input, message)),
      requestDeserialize: (bytes: Buffer) => fromBinary(method.input, bytes),
      responseSerialize: (message: object) =>
        Buffer.from(toBinary(method.output, createShape(method, message))),
      responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
    },
  ]);
  return Object.fromEntries(entries) as ServiceDefinition;
}

function createShape(method: DescMethod, message: object): Message {
  return { ...message, $typeName: method.output.typeName } as Message;
}
