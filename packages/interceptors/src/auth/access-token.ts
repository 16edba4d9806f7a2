import { InterceptorError } from "../errors.ts";
import type { Schedule } from "./schedule.ts";

/**
 * A bearer token in memory. The secret is reachable through `value()` and `authorization()` only: neither
 * `util.inspect`, nor `JSON.stringify`, nor a template string shows it.
 */
export class AccessToken {
  readonly #value: string;
  readonly #authorization: string;
  /** Counts the tokens of a source, from 1. A call that failed with an older one needs no refresh. */
  readonly generation: number;
  /** When to fetch the next one in the background, wait for it, or stop using this one; monotonic milliseconds. */
  readonly schedule: Schedule;

  constructor(value: string, generation: number, schedule: Schedule) {
    // JavaScript would send the word "undefined" instead: of a variable that is not set, or a field misread.
    if (typeof value !== "string") {
      throw new InterceptorError(
        "token_malformed",
        `the token is not a text but ${value === null ? "null" : typeof value}: check where it comes from`,
      );
    }
    // Visible ASCII: wider than b64token (RFC 6750, section 2.1), and still nothing can be smuggled into the header.
    if (!/^[\x21-\x7e]+$/.test(value)) {
      throw new InterceptorError(
        "token_malformed",
        "the token is empty or has characters that an HTTP header must not have: check what the token endpoint answers",
      );
    }
    this.#value = value;
    // Joined, not concatenated: engines keep a concatenation as a tree, and each call would walk it to check the header.
    this.#authorization = ["Bearer", value].join(" ");
    this.generation = generation;
    this.schedule = schedule;
  }

  /** The secret. */
  value(): string {
    return this.#value;
  }

  /** The value of the `authorization` header (RFC 6750, section 2.1). */
  authorization(): string {
    return this.#authorization;
  }

  toString(): string {
    return `AccessToken(generation ${this.generation})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
