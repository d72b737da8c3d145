import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasMosquitto } from "#test/support/mosquitto.ts";
import { runKills } from "./kills.ts";

const patience = 300_000;

for (const { broker, what, runs } of [
  { broker: "embedded", what: "its own broker", runs: true },
  { broker: "external", what: "Mosquitto", runs: hasMosquitto },
] as const) {
  const needs = runs ? "" : " (skipped: needs mosquitto)";
  test.skipIf(!runs)(
    `gateway and boxes killed at random through ${what}: what was made is in the ledger, once${needs}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "tebura-kills-"));
      try {
        const { made, ledgerEntries, lost } = await runKills(folder, { kills: 6, seed: 1, broker });
        expect(lost).toBe(0);
        expect(ledgerEntries).toBe(made);
        expect(made).toBeGreaterThan(0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    patience,
  );
}
