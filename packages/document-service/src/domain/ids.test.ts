import { expect, it } from "vitest";
import { createIds } from "./ids.ts";

it("makes UUIDs of version 7 that sort as they were made, also within a millisecond and when the clock goes back", () => {
  let time = Date.UTC(2026, 0, 1);
  const newId = createIds(() => time);
  const ids = Array.from({ length: 10_000 }, (_, index) => {
    time += index % 3000 === 0 ? 1 : index % 2999 === 0 ? -5000 : 0;
    return newId();
  });
  expect(ids[0]).toMatch(/^019b76da-a801-7000-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
