import { defineConfig } from "vitest/config";

// Vitest wants its configuration as the default export of this file.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Networks and browsers take whole cores; more workers than this only wait for each other.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
