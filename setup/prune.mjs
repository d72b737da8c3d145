// Makes an installation small, for images: development packages, other platforms' inference binaries
// and the packages that the converted networks came from are removed. Not for a working copy.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, markReady } from "./packages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

if (existsSync(join(root, ".git"))) fail("this is a working copy; prune only an image");
const args = ["prune", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
if (spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2] }).status !== 0)
  fail("npm prune failed");

const binaries = join(root, "node_modules/onnxruntime-node/bin");
for (const version of readdirSync(binaries)) {
  for (const platform of readdirSync(join(binaries, version))) {
    for (const arch of readdirSync(join(binaries, version, platform))) {
      if (platform !== process.platform || arch !== process.arch) {
        rmSync(join(binaries, version, platform, arch), { recursive: true });
      }
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
markReady();
