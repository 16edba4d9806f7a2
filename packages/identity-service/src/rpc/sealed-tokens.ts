import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../domain/ports.ts";

/** What a token was made of, and when. */
export interface Opened<Content> {
  readonly content: Content;
  readonly madeAt: number;
}

/** Tokens that clients hold for the server, such as cursors: readable by whoever looks, but made by this service only. */
export interface SealedTokens {
  /** A token that opens only for the same purpose. */
  seal(purpose: unknown, content: unknown): string;
  /** Undefined for a token that this service did not make for the purpose. */
  open<Content>(purpose: unknown, token: string): Opened<Content> | undefined;
}

const tagLength = 22;

/** Authenticates with HMAC-SHA-256, cut to 128 bits. All replicas must have the same key. */
export function createSealedTokens(key: Uint8Array, now: Clock): SealedTokens {
  const tag = (purpose: unknown, body: string): string =>
    createHmac("sha256", key)
      .update(JSON.stringify([purpose, body]))
      .digest("base64url")
      .slice(0, tagLength);
  return {
    seal(purpose, content) {
      const body = Buffer.from(JSON.stringify([now(), content])).toString("base64url");
      return tag(purpose, body) + body;
    },
    open<Content>(purpose: unknown, token: string) {
      const body = token.slice(tagLength);
      const given = Buffer.from(token.slice(0, tagLength));
      const expected = Buffer.from(tag(purpose, body));
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        return undefined;
      }
      const [madeAt, content] = JSON.parse(Buffer.from(body, "base64url").toString()) as [number, Content];
      return { madeAt, content };
    },
  };
}
