import { expect, it } from "vitest";
import { summarize } from "./render-run.ts";

it("closes a run with all that it did", () => {
  const result = { files: 52, ran: 1, restored: 2, units: 12, written: ["a", "b"], removed: ["c"] };
  expect(summarize(result, 511.4)).toBe(
    "52 files up to date: 1 units generated, 2 from the cache, 9 unchanged; 2 files written, 1 removed (511 ms)",
  );
  expect(summarize(result, 61_040)).toMatch(/\(61\.0 s\)$/);
});
