import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, createClient, type Transport } from "@connectrpc/connect";
import { EchoService, type ScriptSchema } from "@wirehouse/proto-testkit/v1";

/** The four kinds of RPC, by the names of protobuf-es. */
export type RpcKind = "unary" | "server_streaming" | "client_streaming" | "bidi_streaming";

/** What a caller saw of one call. */
export interface EchoOutcome {
  /** The texts that were delivered, in order. */
  readonly delivered: readonly string[];
  /** What the call was rejected with, or undefined when it succeeded. */
  readonly error: unknown;
}

/** Options of `callEcho`. */
export interface EchoCallOptions extends CallOptions {
  /** How many messages a stream carries. Default 3. */
  messages?: number;
  /** What the server does. */
  script?: MessageInitShape<typeof ScriptSchema>;
  /** Called when a message of a request stream is about to be sent. */
  onSend?: (index: number) => unknown;
  /** Called after each delivered message. */
  onMessage?: (text: string, index: number) => void;
}

/** Makes one call of a kind, and returns what was delivered together with the error, so that both can be checked. */
export async function callEcho(
  kind: RpcKind,
  transport: Transport,
  { messages = 3, script, onSend, onMessage, ...options }: EchoCallOptions = {},
): Promise<EchoOutcome> {
  const client = createClient(EchoService, transport);
  const delivered: string[] = [];
  const deliver = (text: string): void => {
    delivered.push(text);
    onMessage?.(text, delivered.length - 1);
  };
  const withScript = script === undefined ? {} : { script };
  async function* requests() {
    for (let index = 0; index < messages; index++) {
      onSend?.(index);
      yield { text: `m${index}`, ...(index === 0 ? withScript : {}) };
    }
  }
  try {
    switch (kind) {
      case "unary":
        deliver((await client.unaryEcho({ text: "m0", ...withScript }, options)).text);
        break;
      case "server_streaming":
        for await (const answer of client.serverEcho(
          { text: "m", script: { ...script, messages } },
          options,
        )) {
          deliver(`m${answer.index}`);
        }
        break;
      case "client_streaming":
        for (const text of (await client.clientEcho(requests(), options)).texts) {
          deliver(text);
        }
        break;
      case "bidi_streaming":
        for await (const answer of client.bidiEcho(requests(), options)) {
          deliver(answer.text);
        }
        break;
    }
    return { delivered, error: undefined };
  } catch (error) {
    return { delivered, error };
  }
}

/** The texts that a whole call of a kind delivers. */
export function expectedTexts(kind: RpcKind, messages = 3): string[] {
  return kind === "unary" ? ["m0"] : Array.from({ length: messages }, (_, index) => `m${index}`);
}
