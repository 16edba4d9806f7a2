import { expect, it } from "vitest";
import { formatBytes, formatState } from "./format.ts";

it.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1.0 KB"],
  [9949, "9.9 KB"],
  [9950, "10 KB"],
  [999_499, "999 KB"],
  [999_500, "1.0 MB"],
  [5_242_887, "5.2 MB"],
  [1_073_741_824, "1.1 GB"],
  [5e12, "5000 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it("shows the state of a newer server as unknown", () => {
  expect(formatState(99 as never)).toBe("Unknown state");
});
