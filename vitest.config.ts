import { defineConfig } from "vitest/config";

// Vitest wants its configuration as the default export of this file.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Networks and browsers take whole cores, doors and cities wait for one another: this keeps two cores busy.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Only the tests of card readers speak to the real daemon: a box of another test would take their card.
    env: { PCSCLITE_CSOCK_NAME: "/nonexistent/pcscd.comm" },
  },
});
