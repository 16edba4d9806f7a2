import { readFileSync } from "node:fs";
import {
  create,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type CallOptions, Client, credentials, Metadata } from "@grpc/grpc-js";

type Answer<M extends DescMethod> = MessageShape<M["output"]>;
type Question<M extends DescMethod> = MessageInitShape<M["input"]>;

/** grpc-js with the messages of our generated code, and none of our client code. */
export class GrpcJsClient {
  readonly #client: Client;

  /** @param ca file with the authority of the server's certificate; absent: cleartext */
  constructor(url: string, ca?: string) {
    const trust = ca === undefined ? credentials.createInsecure() : credentials.createSsl(readFileSync(ca));
    this.#client = new Client(new URL(url).host, trust);
  }

  /** A call with one request and one answer. */
  unary<M extends DescMethod>(
    method: M,
    message: Question<M>,
    token?: string,
    options: CallOptions = {},
  ): Promise<Answer<M>> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<M>>();
    this.#client.makeUnaryRequest(
      pathOf(method),
      (request: Message) => Buffer.from(toBinary(method.input, request)),
      (bytes) => fromBinary(method.output, bytes) as Answer<M>,
      create(method.input, message) as Message,
      metadataOf(token),
      options,
      (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
    );
    return promise;
  }

  /** A call with many requests and one answer. */
  clientStream<M extends DescMethod>(
    method: M,
    messages: Iterable<Question<M>>,
    token?: string,
  ): Promise<Answer<M>> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer<M>>();
    const call = this.#client.makeClientStreamRequest(
      pathOf(method),
      (request: Message) => Buffer.from(toBinary(method.input, request)),
      (bytes) => fromBinary(method.output, bytes) as Answer<M>,
      metadataOf(token),
      {},
      (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
    );
    for (const message of messages) {
      call.write(create(method.input, message) as Message);
    }
    call.end();
    return promise;
  }

  /** A call with one request and many answers. */
  serverStream<M extends DescMethod>(
    method: M,
    message: Question<M>,
    token?: string,
    options: CallOptions = {},
  ) {
    return this.#client.makeServerStreamRequest(
      pathOf(method),
      (request: Message) => Buffer.from(toBinary(method.input, request)),
      (bytes) => fromBinary(method.output, bytes) as Answer<M>,
      create(method.input, message) as Message,
      metadataOf(token),
      options,
    );
  }

  /** A call with requests and answers side by side. */
  bidiStream<M extends DescMethod>(method: M, token?: string) {
    return this.#client.makeBidiStreamRequest(
      pathOf(method),
      (request: Question<M>) => Buffer.from(toBinary(method.input, create(method.input, request))),
      (bytes) => fromBinary(method.output, bytes) as Answer<M>,
      metadataOf(token),
      {},
    );
  }

  close(): void {
    this.#client.close();
  }
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) {
    metadata.set("authorization", `Bearer ${token}`);
  }
  return metadata;
}
