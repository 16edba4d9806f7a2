import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultIntervalBytes as interval, objectSize, objectsPerSample } from "./object-size.ts";

const standsFor = (size: number) => size * objectsPerSample(size, interval);

describe("objectSize", () => {
  it("gives a size that stands for just as much, and none that is larger than the true one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1 << 19 }), (words) => {
        const size = words * 8;
        const found = objectSize(standsFor(size), interval);
        expect(standsFor(found)).toBe(standsFor(size));
        expect(found).toBeLessThanOrEqual(size);
      }),
    );
  });

  it.each([16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 104, 112, 120, 128])("finds %d bytes again", (size) => {
    expect(objectSize(standsFor(size), interval)).toBe(size);
  });

  it.each([1, 7, 524_161])("takes %d bytes, which no size explains, for one object", (bytes) => {
    expect(objectSize(bytes, interval)).toBe(bytes);
  });
});
