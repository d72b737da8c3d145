import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const builder = join(root, "setup/build-program.mjs");

/** Scripts that a test starts again and again, bundled as commands are: each start costs a third. */
export class BundledScripts implements Disposable {
  readonly #folder: string;

  /** Paths in the repository without their ending, as `test/device/outbox-child`. */
  constructor(...paths: readonly string[]) {
    const tebura = join(root, ".tebura");
    mkdirSync(tebura, { recursive: true });
    this.#folder = mkdtempSync(join(tebura, "scripts-"));
    const entries = paths.map((path) => `${nameOf(path)}=${path}.ts`);
    execFileSync(process.execPath, [builder, this.#folder, ...entries], { cwd: root });
  }

  /** Where the script of a path is. */
  at(path: string): string {
    return join(this.#folder, `${nameOf(path)}.js`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
