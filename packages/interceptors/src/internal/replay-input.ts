import { type DescMessage, type Message, toBinary } from "@bufbuild/protobuf";

/** How much of a request stream is kept. */
export interface ReplayLimits {
  readonly maxMessages: number;
  /** In bytes of binary Protobuf. */
  readonly maxBytes: number;
}

/**
 * The messages of a request stream, which can be read again from the start while everything that was read is still kept.
 * Only the newest reader gets messages; an older one ends, and a message that was on its way to it goes to the newer.
 */
export class ReplayInput {
  readonly #source: AsyncIterator<Message>;
  readonly #desc: DescMessage;
  readonly #limits: ReplayLimits;
  #kept: Message[] = [];
  #bytes = 0;
  #next = 0;
  #keeps = true;
  #end: { error?: unknown; failed: boolean } | undefined;
  #pulling: Promise<void> | undefined;
  #reader = 0;

  constructor(source: AsyncIterable<Message>, desc: DescMessage, limits: ReplayLimits) {
    this.#source = source[Symbol.asyncIterator]();
    this.#desc = desc;
    this.#limits = limits;
  }

  /** Whether the stream can still be read from the start. */
  get replayable(): boolean {
    return this.#keeps;
  }

  /** Stops keeping messages: they will not be needed again. */
  release(): void {
    this.#keeps = false;
  }

  /** Starts a new reader at the first message. */
  read(): AsyncIterable<never> {
    const reader = ++this.#reader;
    this.#next = 0;
    const next = (): Promise<IteratorResult<never>> => this.#read(reader);
    // Connect's pipes tell an iterable why nobody reads on. That ends this reader, not the source: another may follow.
    const stop = (): void => {
      if (reader === this.#reader) {
        this.#reader++;
      }
    };
    return {
      [Symbol.asyncIterator]: () => ({
        next,
        return: () => {
          stop();
          return Promise.resolve({ done: true, value: undefined });
        },
        throw: (reason: unknown) => {
          stop();
          return Promise.reject(reason);
        },
      }),
    };
  }

  async #read(reader: number): Promise<IteratorResult<never>> {
    for (;;) {
      if (reader !== this.#reader) {
        return { done: true, value: undefined };
      }
      if (this.#next < this.#kept.length) {
        const value = this.#kept[this.#next++] as never;
        if (!this.#keeps && this.#next === this.#kept.length) {
          this.#kept = [];
          this.#next = 0;
        }
        return { done: false, value };
      }
      if (this.#end !== undefined) {
        if (this.#end.failed) {
          throw this.#end.error;
        }
        return { done: true, value: undefined };
      }
      this.#pulling ??= this.#pull();
      await this.#pulling;
    }
  }

  async #pull(): Promise<void> {
    try {
      const result = await this.#source.next();
      if (result.done === true) {
        this.#end = { failed: false };
      } else {
        this.#keep(result.value);
      }
    } catch (error) {
      this.#end = { failed: true, error };
    } finally {
      this.#pulling = undefined;
    }
  }

  #keep(message: Message): void {
    this.#kept.push(message);
    if (this.#keeps) {
      this.#bytes += this.#limits.maxBytes === Infinity ? 0 : size(this.#desc, message);
      this.#keeps = this.#kept.length <= this.#limits.maxMessages && this.#bytes <= this.#limits.maxBytes;
    }
  }
}

/** A message that cannot be written has no size; the transport will say why. */
function size(desc: DescMessage, message: Message): number {
  try {
    return toBinary(desc, message).length;
  } catch {
    return Infinity;
  }
}
