// `npm test`: everything that the tests need, then the tests; more arguments go to Vitest.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureCardReaders } from "./card-readers.mjs";
import { ensurePackages } from "./packages.mjs";
import { ensureSystem } from "./system.mjs";

ensurePackages();
ensureSystem(["ffmpeg", "chromium"]);
// The virtual reader listens on the network wherever a system's own daemon runs, so it is installed
// only where there is none: in containers. Elsewhere those tests are skipped, and say so.
const cardTools = ["pcscd", "pcsc-spy", "vpcd-config", "opensc-tool"];
if (!existsSync("/run/systemd/system")) ensureSystem(cardTools);
ensureCardReaders();
const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const { status } = spawnSync(process.execPath, [vitest, "run", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
