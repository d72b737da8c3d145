import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { WallMs } from "#contract/ids.ts";
import { GalleryStore } from "#device/gallery/gallery-store.ts";
import { BundledScripts } from "#test/support/bundled-scripts.ts";

const people = 300;

test("killed in the middle of a bulk import, the gallery is the old or the new one, never a mixture", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tebura-bulk-"));
  const path = join(folder, "gallery.db");
  const source = new URL("./bulk-import-child.ts", import.meta.url);
  using scripts = new BundledScripts(source);
  const script = scripts.at(source);
  let imports = 0;
  try {
    for (let kill = 0; kill < 8; kill++) {
      const child = spawn(process.execPath, [script, path, String(people)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const closed = once(child, "close");
      child.stdout.on("data", (chunk: Buffer) => {
        imports += chunk.toString().split("\n").length - 1;
        // Somewhere in the middle of a later import, at another place each time.
        setTimeout(() => child.kill("SIGKILL"), 3 + 7 * kill);
      });
      await closed;
      using store = new GalleryStore({
        ...{ path, key: Buffer.alloc(32, 7), model: "made", dimensions: 8 },
        wall: () => 0 as WallMs,
      });
      const rounds = [...store.load()].map(({ template }) => template[0]);
      expect(rounds).toHaveLength(people);
      expect(new Set(rounds).size).toBe(1);
    }
    expect(imports).toBeGreaterThanOrEqual(8);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
