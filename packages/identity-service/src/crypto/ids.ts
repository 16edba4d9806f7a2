import { randomBytes } from "node:crypto";
import type { Clock, Ids } from "../domain/ports.ts";

/**
 * Ids from the system's random source. UUIDs are of version 7 (RFC 9562): 48 bits of time, then a counter of 12 bits that
 * starts anew at random with each millisecond, so that those of one process ascend; also while the clock is set back.
 */
export function createIds(now: Clock = Date.now): Ids {
  let lastMs = 0;
  let counter = 0;
  return {
    uuid() {
      const random = randomBytes(10);
      const ms = now();
      if (ms > lastMs) {
        lastMs = ms;
        // The upper half is left to count in.
        counter = random.readUInt16BE(0) & 0x7ff;
      } else if (++counter > 0xfff) {
        lastMs++;
        counter = 0;
      }
      const hex = [
        lastMs.toString(16).padStart(12, "0"),
        (0x7000 | counter).toString(16),
        (0x8000 | (random.readUInt16BE(2) & 0x3fff)).toString(16),
        random.subarray(4).toString("hex"),
      ].join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    },
    etag: () => randomBytes(12).toString("base64url"),
    secretValue: () => randomBytes(32).toString("base64url"),
  };
}
