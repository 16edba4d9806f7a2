// How many calls a second the server answers, against connect-node's own adapter and grpc-js, each in a process of its own. The
// rounds of the peers alternate, so that what else the machine does meets all alike; the figure is the median. gRPC is called with
// grpc-js's client, which costs the least, Connect with connect-node's. Wants an idle machine.
// Run: pnpm --filter @wirehouse/server run bench [part of a case's name]
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { create } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Client, credentials } from "@grpc/grpc-js";
import { EchoService, ServerEchoRequestSchema, UnaryEchoRequestSchema } from "@wirehouse/proto-testkit/v1";
import { grpcMethods } from "./peers/grpc-definition.ts";

const rounds = 7;
const roundMs = 1_000;
const messages = 2_000;
const text = "x".repeat(300);
const peers = ["wirehouse", "connect-node", "grpc-js"] as const;

interface Urls {
  readonly h2: string;
  readonly h1?: string;
}
/** Makes calls against a peer; each resolves with how many units (calls, messages) it was. */
interface Load {
  readonly call: () => Promise<number>;
  readonly close: () => void;
}
interface Case {
  readonly name: string;
  readonly inFlight: number;
  /** Undefined where the peer does not speak the protocol. */
  readonly open: (urls: Urls) => Load | undefined;
}

function grpc(kind: "unary" | "stream"): Case["open"] {
  return ({ h2 }) => {
    const client = new Client(new URL(h2).host, credentials.createInsecure());
    const { unaryEcho, serverEcho } = grpcMethods;
    const unary = () =>
      new Promise<number>((resolve, reject) => {
        client.makeUnaryRequest(
          unaryEcho.path,
          unaryEcho.requestSerialize,
          unaryEcho.responseDeserialize,
          create(UnaryEchoRequestSchema, { text }),
          (error) => (error === null ? resolve(1) : reject(error)),
        );
      });
    const stream = async () => {
      const answers = client.makeServerStreamRequest(
        serverEcho.path,
        serverEcho.requestSerialize,
        serverEcho.responseDeserialize,
        create(ServerEchoRequestSchema, { text, script: { messages } }),
      );
      let count = 0;
      for await (const _ of answers) {
        count++;
      }
      return count;
    };
    return { call: kind === "unary" ? unary : stream, close: () => client.close() };
  };
}

function connect(httpVersion: "1.1" | "2"): Case["open"] {
  return ({ h1, h2 }) => {
    if (h1 === undefined) {
      return undefined;
    }
    const abort = new AbortController();
    const transport: Transport = createConnectTransport({
      baseUrl: httpVersion === "2" ? h2 : h1,
      httpVersion,
      compressMinBytes: 65_536,
    });
    const client = createClient(EchoService, transport);
    return {
      call: () => client.unaryEcho({ text }, { signal: abort.signal }).then(() => 1),
      close: () => abort.abort(),
    };
  };
}

const cases: readonly Case[] = [
  { name: "gRPC unary, one at a time", inFlight: 1, open: grpc("unary") },
  { name: "gRPC unary, 64 in flight", inFlight: 64, open: grpc("unary") },
  { name: "Connect unary over HTTP/2, 64 in flight", inFlight: 64, open: connect("2") },
  { name: "Connect unary over HTTP/1.1, 64 in flight", inFlight: 64, open: connect("1.1") },
  { name: "gRPC server stream, messages", inFlight: 1, open: grpc("stream") },
];

const children: ChildProcess[] = [];
try {
  const servers = await Promise.all(
    peers.map(async (peer) => {
      const child = fork(new URL("./peers/serve.ts", import.meta.url), [peer]);
      children.push(child);
      const [urls] = (await once(child, "message")) as [Urls];
      return { peer, urls };
    }),
  );
  console.log(`| a second | ${peers.join(" | ")} | wirehouse / connect-node |`);
  console.log(`|---|${peers.map(() => "---:|").join("")}---:|`);
  for (const one of cases.filter(({ name }) => name.includes(process.argv[2] ?? ""))) {
    const loads = servers.map(({ urls }) => one.open(urls));
    const figures = loads.map((): number[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [index, load] of loads.entries()) {
        const figure = load && (await measure(load, one.inFlight));
        // The first round warms up.
        if (figure !== undefined && round > 0) {
          figures[index]?.push(figure);
        }
      }
    }
    const medians = figures.map((samples) => samples.sort((a, b) => a - b)[samples.length >> 1]);
    const [ours = 0, theirs = 0] = medians;
    const cells = medians.map((figure) => figure?.toFixed(0) ?? "–");
    console.log(`| ${one.name} | ${cells.join(" | ")} | ${(ours / theirs).toFixed(2)} |`);
    for (const load of loads) {
      load?.close();
    }
  }
} finally {
  for (const child of children) {
    child.disconnect();
  }
}
// connect-node keeps its idle connections.
process.exit();

/** Units a second over one round. */
async function measure({ call }: Load, inFlight: number): Promise<number> {
  const startedAt = performance.now();
  let units = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - startedAt < roundMs) {
        const made = await call();
        units += made;
      }
    }),
  );
  return (units * 1_000) / (performance.now() - startedAt);
}
