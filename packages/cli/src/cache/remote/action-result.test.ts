import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeActionResult, encodeActionResult } from "./action-result.ts";

const hash = "0123456789abcdef".repeat(4);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const text = (value: string) => hex(Buffer.from(value));

it("writes the message that the specification gives", () => {
  // 2: output file { 1: path, 2: digest { 1: hash, 2: size }, 5: contents }
  expect(hex(encodeActionResult({ path: "ab", hash, size: 300, contents: Buffer.from("xyz") }))).toBe(
    `1250${`0a02${text("ab")}`}${`1245${`0a40${text(hash)}`}10ac02`}2a03${text("xyz")}`,
  );
});

it("reads what it wrote, for any path and size", () => {
  const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const contents = fc.option(fc.uint8Array(), { nil: undefined });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), size, contents, (path, size, contents) => {
      const read = decodeActionResult(encodeActionResult({ path, hash, size, contents }));
      expect(read).toMatchObject({ path, hash, size });
      expect(read?.contents && hex(read.contents)).toBe(contents && hex(contents));
    }),
  );
});

it("passes over fields that servers add", () => {
  const ours = encodeActionResult({ path: "a", hash, size: 1, contents: undefined });
  // 4: exit code 0, 9: execution metadata { 1: worker "w" }
  const added = Buffer.concat([Buffer.from("2000", "hex"), ours, Buffer.from("4a030a0177", "hex")]);
  expect(decodeActionResult(added)).toMatchObject({ path: "a", hash, size: 1 });
});

it("takes no other bytes for a result", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeActionResult(bytes)).toBeUndefined();
    }),
  );
  const one = encodeActionResult({ path: "a", hash, size: 1, contents: undefined });
  expect(decodeActionResult(Buffer.concat([one, one]))).toBeUndefined();
  expect(decodeActionResult(encodeActionResult({ path: "a", hash: "x", size: 1, contents: undefined }))).toBe(
    undefined,
  );
  expect(decodeActionResult(encodeActionResult({ path: "a", hash, size: -1, contents: undefined }))).toBe(
    undefined,
  );
});
