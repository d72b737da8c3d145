import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const builder = join(root, "setup/build-program.mjs");

/** Scripts that a test starts again and again, bundled as commands are: each start costs a third. */
export class BundledScripts implements Disposable {
  readonly #folder: string;

  constructor(...scripts: readonly URL[]) {
    const tebura = join(root, ".tebura");
    mkdirSync(tebura, { recursive: true });
    this.#folder = mkdtempSync(join(tebura, "scripts-"));
    const entries = scripts.map(
      (script) => `${nameOf(script)}=${relative(root, fileURLToPath(script))}`,
    );
    execFileSync(process.execPath, [builder, this.#folder, ...entries], { cwd: root });
  }

  /** Where one of them is now. */
  at(script: URL): string {
    return join(this.#folder, `${nameOf(script)}.js`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const nameOf = (script: URL) => basename(script.pathname, ".ts");
