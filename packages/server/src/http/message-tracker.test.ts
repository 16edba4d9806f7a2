import fc from "fast-check";
import { expect, it } from "vitest";
import { createMessageTracker } from "./message-tracker.ts";

it("knows at every byte whether it is inside a message, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 300 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (lengths, cuts) => {
        const ends = new Set([0]);
        const parts = lengths.map((length) => {
          const part = Buffer.alloc(5 + length);
          part.writeUInt32BE(length, 1);
          return part;
        });
        const bytes = Buffer.concat(parts);
        let end = 0;
        for (const part of parts) {
          end += part.length;
          ends.add(end);
        }
        const tracker = createMessageTracker();
        for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
          const wasInside = tracker.insideMessage;
          const next = Math.min(bytes.length, offset + (cuts[turn % cuts.length] as number));
          const begun = tracker.push(bytes.subarray(offset, next));
          expect(tracker.insideMessage).toBe(!ends.has(next));
          // What is unfinished now was begun by this chunk, unless it is what was unfinished before.
          const lastEnd = Math.max(...[...ends].filter((at) => at <= next));
          const isNew = tracker.insideMessage && (lastEnd > offset || (lastEnd === offset && !wasInside));
          expect(begun === "begun").toBe(isNew);
          offset = next;
        }
      },
    ),
  );
});
