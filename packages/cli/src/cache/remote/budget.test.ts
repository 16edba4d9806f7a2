import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Budget, bytesPerMs, unitMs } from "./budget.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("is spent after the allowance, once", () => {
  const onSpent = vi.fn();
  const budget = new Budget(1000, onSpent);
  vi.advanceTimersByTime(999);
  expect(budget.isSpent).toBe(false);
  vi.advanceTimersByTime(5000);
  expect(budget.isSpent).toBe(true);
  expect(onSpent).toHaveBeenCalledOnce();
});

it("lasts as much longer as was earned, also while it runs", () => {
  const budget = new Budget(1000, () => {});
  budget.earn(100, 0);
  vi.advanceTimersByTime(1000);
  budget.earn(0, 300 * bytesPerMs);
  vi.advanceTimersByTime(100 * unitMs + 299);
  expect(budget.isSpent).toBe(false);
  vi.advanceTimersByTime(1);
  expect(budget.isSpent).toBe(true);
});

it("is never spent once it is stopped", () => {
  const budget = new Budget(1000, () => {});
  budget.stop();
  vi.advanceTimersByTime(5000);
  expect(budget.isSpent).toBe(false);
});
