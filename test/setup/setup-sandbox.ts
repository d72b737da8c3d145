import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const setupFolder = fileURLToPath(new URL("../../setup", import.meta.url));
/** Stands in for the add-on: it loads once somebody has "built" it. */
const addOn =
  'if (!require("node:fs").existsSync(__dirname + "/built")) throw new Error("not built");\n' +
  "module.exports = class { close() {} };\n";

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The setup scripts in a folder of their own, with an npm that only writes down how it was called:
 * nothing is fetched and nothing of this machine changes. The PATH holds that npm and nothing else.
 */
export class SetupSandbox implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), "tebura-setup-"));
  readonly lockPath = join(this.root, ".tebura/setup.pid");
  readonly #bin = join(this.root, "bin");

  constructor() {
    cpSync(setupFolder, join(this.root, "setup"), { recursive: true });
    mkdirSync(this.#bin);
    mkdirSync(join(this.root, ".tebura"));
    writeFileSync(join(this.root, "package.json"), "{}");
    this.changeLockfile("first");
    this.program("npm", npmThat({ canBuild: true }));
  }

  changeLockfile(text: string): void {
    writeFileSync(join(this.root, "package-lock.json"), JSON.stringify(text));
  }

  /** Puts a program on the PATH: a script that this Node runs, with `note(text)` at hand. */
  program(name: string, script: string): void {
    const path = join(this.#bin, name);
    const note = `const fs = require("node:fs"); const root = ${JSON.stringify(this.root)};
const note = (text) => fs.appendFileSync(root + "/calls", text + "\\n");\n`;
    writeFileSync(path, `#!${process.execPath}\n${note}${script}`);
    chmodSync(path, 0o755);
  }

  /** The headers of a PC/SC daemon, and the tools that an add-on is compiled with. */
  installPcscHeaders(): void {
    writeFileSync(join(this.root, "winscard.h"), "");
    for (const tool of ["python3", "make", "g++"]) this.program(tool, "");
  }

  /** How the programs were called, in order. */
  calls(): readonly string[] {
    try {
      return readFileSync(join(this.root, "calls"), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  }

  /** With a process group of its own, so that what it started can be ended with it. */
  start(): ChildProcess {
    const script = join(this.root, "setup/install.mjs");
    const env = { PATH: this.#bin, TEBURA_PCSC_HEADERS: join(this.root, "winscard.h") };
    return spawn(process.execPath, [script], { env, cwd: this.root, detached: true });
  }

  async run(): Promise<Ended> {
    const child = this.start();
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (part) => {
      stdout += part;
    });
    child.stderr?.on("data", (part) => {
      stderr += part;
    });
    const [status] = await once(child, "close");
    return { status, stdout, stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** An npm that makes the add-on's folder on `ci`, and on `rebuild` builds it where it can. */
export function npmThat({ canBuild, waitMs = 0 }: { canBuild: boolean; waitMs?: number }): string {
  return `
const sqlite = root + "/node_modules/better-sqlite3";
const [verb] = process.argv.slice(2);
const name = process.argv[3] === "smartcard" ? " smartcard" : "";
note("npm " + verb + name + (process.argv.includes("--ignore-scripts") ? " without scripts" : ""));
process.stdout.write("npm talks\\n");
if (verb === "ci") {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${waitMs});
  fs.rmSync(root + "/node_modules", { recursive: true, force: true });
  fs.mkdirSync(sqlite, { recursive: true });
  fs.writeFileSync(sqlite + "/index.js", ${JSON.stringify(addOn)});
} else if (name) process.exit(1);
else if (${canBuild}) fs.writeFileSync(sqlite + "/built", "");
else process.exit(1);
`;
}
