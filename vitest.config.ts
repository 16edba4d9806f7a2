import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/{src,bench}/**/*.test.ts", "scripts/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One PostgreSQL for the run, started when a test first asks for it.
    globalSetup: ["packages/storage/src/testing/global-setup.ts"],
  },
});
