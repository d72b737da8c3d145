// System packages: installed where this is root on Debian, otherwise named, and the work goes on without.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { say } from "./say.mjs";

/** A program that is looked for on the PATH, or a file, the Debian package that brings it, and what it is for. */
const programs = {
  ffmpeg: { package: "ffmpeg", purpose: "video files and cameras" },
  chromium: { package: "chromium", purpose: "the tests of the pages" },
  "fonts-noto-cjk": {
    file: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    package: "fonts-noto-cjk",
    purpose: "Japanese and Chinese on the screen",
  },
  pcscd: { package: "pcscd", purpose: "the tests of cards" },
  "pcsc-spy": { package: "libpcsclite-dev", purpose: "the tests of cards" },
  "vpcd-config": { package: "vsmartcard-vpcd", purpose: "the tests of cards" },
  "opensc-tool": { package: "opensc", purpose: "the tests of cards" },
  swtpm: { package: "swtpm", purpose: "the tests of the key store" },
  tpm2_nvdefine: { package: "tpm2-tools", purpose: "the tests of the key store" },
  "softhsm2-util": { package: "softhsm2", purpose: "the tests of the key store" },
  mosquitto: {
    ...{ file: "/usr/sbin/mosquitto", package: "mosquitto" },
    purpose: "the tests with a broker of one's own",
  },
  python3: { package: "python3", purpose: "compiling add-ons" },
  make: { package: "make", purpose: "compiling add-ons" },
  "g++": { package: "g++", purpose: "compiling add-ons" },
};

/**
 * Sees to these programs, and tells whether all are there now. Never fails: what is missing is said,
 * and its features say so again.
 */
export function ensureSystem(names) {
  const missing = names.filter((name) => !isThere(name));
  if (missing.length === 0) return true;
  const packages = missing.map((name) => programs[name].package);
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  const purposes = missing.map((name) => `${name} (${programs[name].purpose})`).join(", ");
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    say(`not installed: ${purposes}. Going on without; on Debian: sudo ${command}`);
    return false;
  }
  say(`installing ${purposes}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { stdio: ["ignore", 2, 2], env, shell: true };
  if (spawnSync(command, options).status === 0) return true;
  if (spawnSync(`apt-get update && ${command}`, options).status === 0) return true;
  say(`could not install ${packages.join(" ")}; going on without`);
  return false;
}

function isThere(name) {
  const { file } = programs[name];
  return file === undefined ? isOnPath(name) : existsSync(file);
}

function isOnPath(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
