import { expect, it } from "vitest";
import { median, percentile, slope } from "./statistics.ts";

it.each([
  [[5], 0.5, 5],
  [[1, 2, 3, 4], 0.5, 2],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.95, 10],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 0.9, 9],
  [[], 0.5, Number.NaN],
])("percentile(%j, %f) is %f", (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});

it("the median is one of the values, whatever their order", () => {
  expect(median([30, 10, 20])).toBe(20);
});

it.each([
  [
    [
      [0, 5],
      [1, 5],
      [2, 5],
    ],
    0,
  ],
  [
    [
      [0, 1],
      [1, 3],
      [2, 5],
    ],
    2,
  ],
  [
    [
      [10, 4],
      [20, 3],
      [30, 2],
    ],
    -0.1,
  ],
] satisfies [[number, number][], number][])("slope(%j) is %f", (points, expected) => {
  expect(slope(points)).toBeCloseTo(expected);
});
