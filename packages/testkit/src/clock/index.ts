export type { TestClock, TestClockOptions } from "./test-clock.ts";
export { createRandom, createTestClock } from "./test-clock.ts";
