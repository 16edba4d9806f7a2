import { expect, it } from "vitest";
import { createIds } from "./ids.ts";

it("UUIDs are of version 7, unique and ascending: within a millisecond, and with the clock set back", () => {
  let now = Date.UTC(2026, 0, 1);
  const { uuid } = createIds(() => now);
  const made: string[] = [];
  for (let count = 0; count < 10_000; count++) {
    now += count % 1000 === 999 ? -5 : 0;
    made.push(uuid());
  }
  expect(
    made.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  ).toBe(true);
  expect(new Set(made).size).toBe(made.length);
  expect(made.toSorted()).toEqual(made);
  expect(Number.parseInt((made[0] as string).replaceAll("-", "").slice(0, 12), 16)).toBe(
    Date.UTC(2026, 0, 1),
  );
});
