import { hash } from "node:crypto";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeEntry, encodeEntry, type OutputFile } from "./entry.ts";

const file = (name: string, content: Uint8Array): OutputFile => ({
  name,
  content,
  digest: hash("sha256", content),
});
const files = fc.array(
  fc
    .tuple(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 50 }))
    .map(([name, content]) => file(name, content)),
  { maxLength: 4 },
);
const plain = (list: readonly OutputFile[] | undefined) =>
  list?.map(({ name, digest, content }) => ({ name, digest, content: [...content] }));

it("gives back what was put in", () => {
  fc.assert(
    fc.property(files, (list) => {
      expect(plain(decodeEntry(encodeEntry(list)))).toEqual(plain(list));
    }),
  );
});

it("tells that any byte of an entry is not what it was", () => {
  fc.assert(
    fc.property(files, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, position, flip) => {
      const bytes = Buffer.from(encodeEntry(list));
      const at = position % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
      expect(decodeEntry(bytes)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

it("tells that an entry is cut off, or longer than it was", () => {
  const bytes = encodeEntry([file("a", Buffer.from("content")), file("b", Buffer.from(""))]);
  for (let length = 0; length < bytes.length; length++) {
    expect(decodeEntry(bytes.subarray(0, length)), `${length}`).toBeUndefined();
  }
  expect(decodeEntry(Buffer.concat([bytes, Buffer.from("x")]))).toBeUndefined();
});
