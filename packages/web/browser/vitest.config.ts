import { defineConfig } from "vitest/config";

// A configuration of its own: `pnpm test` needs no browser.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Each test goes on where the one before it stopped, as a person does.
    bail: 1,
  },
});
