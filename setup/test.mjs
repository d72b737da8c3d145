// `npm test`: everything that the tests need, then the tests; more arguments go to Vitest.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensurePackages } from "./packages.mjs";
import { ensureSystem } from "./system.mjs";

ensurePackages();
ensureSystem(["ffmpeg", "chromium"]);
const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const { status } = spawnSync(process.execPath, [vitest, "run", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
