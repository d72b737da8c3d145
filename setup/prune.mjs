// `prune.mjs device|gateway` makes an installation small, for images. Removed are development packages,
// other platforms' inference binaries and the packages that the converted networks came from; from a
// gateway everything that could look at a face. Not for a working copy.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { markReady } from "./packages.mjs";
import { markProgram } from "./program.mjs";
import { fail } from "./say.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What the pages and the program were built with. */
const ofBuilding = /^(vite|rolldown|@rolldown|lightningcss.*|lucide-preact|preact)$/;
/** What only an appliance runs. */
const ofDevice = [
  "device",
  "models",
  ".tebura/models",
  "node_modules/onnxruntime-node",
  "node_modules/onnxruntime-common",
  "node_modules/sharp",
  "node_modules/@img",
  "node_modules/@vladmandic",
  "node_modules/smartcard",
];

function pruneDevelopment() {
  const args = ["prune", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
  if (spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2] }).status !== 0)
    fail("npm prune failed");
  // The add-ons' sources and object files; the add-ons themselves stay.
  for (const addOn of ["better-sqlite3", "smartcard"])
    for (const path of ["deps", "src", "build/Release/obj", "build/Release/obj.target"])
      remove(join("node_modules", addOn, path));
}

function pruneDevice() {
  const binaries = join(root, "node_modules/onnxruntime-node/bin");
  for (const version of readdirSync(binaries)) {
    for (const platform of readdirSync(join(binaries, version))) {
      for (const arch of readdirSync(join(binaries, version, platform))) {
        if (platform !== process.platform || arch !== process.arch)
          rmSync(join(binaries, version, platform, arch), { recursive: true });
      }
    }
  }
  // Their package.json stays: the manifest says which version the networks came from.
  for (const source of ["human", "face-api"]) {
    const folder = join(root, "node_modules/@vladmandic", source);
    for (const entry of readdirSync(folder)) {
      if (entry !== "package.json" && entry !== "LICENSE")
        rmSync(join(folder, entry), { recursive: true });
    }
  }
}

function remove(path) {
  rmSync(join(root, path), { recursive: true, force: true });
}

const [target] = process.argv.slice(2);
if (target !== "device" && target !== "gateway") fail("usage: prune.mjs device|gateway");
if (existsSync(join(root, ".git"))) fail("this is a working copy; prune only an image");
pruneDevelopment();
for (const name of readdirSync(join(root, "node_modules"))) {
  if (ofBuilding.test(name)) remove(join("node_modules", name));
}
if (target === "device") pruneDevice();
else for (const path of ofDevice) remove(path);
markReady();
markProgram();
