/** Length of the prefix of a message: flags, and the length of the message as 32 bits, big endian (gRPC over HTTP/2). */
const prefixLength = 5;

/** Follows where messages begin and end in a stream of enveloped messages, without keeping any of it. */
export interface MessageTracker {
  /** Whether the bytes so far end inside a message, or inside its prefix. */
  readonly insideMessage: boolean;
  /** Takes the next bytes. Returns "begun" when they leave a message unfinished that they began themselves. */
  push(chunk: Uint8Array): "begun" | undefined;
}

/** Creates a tracker at the beginning of a body. */
export function createMessageTracker(): MessageTracker {
  let prefixBytes = 0;
  let messageLength = 0;
  let messageLeft = 0;
  return {
    get insideMessage() {
      return prefixBytes > 0 || messageLeft > 0;
    },
    push(chunk) {
      let begun: "begun" | undefined;
      for (let offset = 0; offset < chunk.length; ) {
        if (messageLeft > 0) {
          const taken = Math.min(messageLeft, chunk.length - offset);
          messageLeft -= taken;
          offset += taken;
          continue;
        }
        if (prefixBytes === 0) {
          messageLength = 0;
          begun = "begun";
        } else {
          messageLength = messageLength * 256 + (chunk[offset] as number);
        }
        offset++;
        if (++prefixBytes === prefixLength) {
          prefixBytes = 0;
          messageLeft = messageLength;
        }
      }
      return begun !== undefined && (prefixBytes > 0 || messageLeft > 0) ? begun : undefined;
    },
  };
}
