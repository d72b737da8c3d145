import { defineConfig } from "vitest/config";

/** What changes the process that it runs in: the address of a daemon, the settings of a native module. */
const alone = ["test/card/**/*.test.ts", "test/runtime/key-store.test.ts"];

// Vitest wants its configuration as the default export of this file.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    pool: "forks",
    // Networks and browsers take whole cores, doors and cities wait for one another: this keeps two cores busy.
    maxWorkers: 4,
    // Never a measure of speed: a machine that is lent to others too may take ten times as long.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    // Only the tests of card readers speak to the real daemon: a box of another test would take their card.
    env: { PCSCLITE_CSOCK_NAME: "/nonexistent/pcscd.comm" },
    projects: [
      {
        extends: true,
        // Modules are loaded once for many files: half of what a short file would cost.
        test: { name: "together", isolate: false, include: ["test/**/*.test.ts"], exclude: alone },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
