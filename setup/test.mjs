// `npm test`: everything that the tests need, then the tests; more arguments go to Vitest.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureCardReaders } from "./card-readers.mjs";
import { ensureConsole } from "./console.mjs";
import { ensurePackages } from "./packages.mjs";
import { ensureProgram } from "./program.mjs";
import { ensureSystem } from "./system.mjs";

ensurePackages();
ensureSystem(["ffmpeg", "chromium", "fonts-noto-cjk"]);
ensureSystem(["swtpm", "tpm2_nvdefine", "softhsm2-util"]);
// The virtual reader and the broker would listen wherever a system starts its daemons by itself, so they
// are installed only where nothing does: in containers. Elsewhere those tests are skipped, and say so.
const daemons = ["pcscd", "pcsc-spy", "vpcd-config", "opensc-tool", "mosquitto"];
if (!existsSync("/run/systemd/system")) ensureSystem(daemons);
ensureCardReaders();
ensureConsole();
ensureProgram();
const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const { status } = spawnSync(process.execPath, [vitest, "run", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
