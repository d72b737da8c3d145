import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const repository = fileURLToPath(new URL("../../", import.meta.url));
let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tebura-program-"));
  cpSync(join(repository, "setup"), join(root, "setup"), { recursive: true });
  for (const part of ["cli", "contract", "node_modules"]) mkdirSync(join(root, part));
  put("package.json", '{ "type": "module", "imports": { "#contract/*": "./contract/*" } }');
  put("package-lock.json", "{}");
  put("contract/errors.ts", 'export const word: string = "first";');
  put("contract/words.txt", "a file beside it");
  put(
    "cli/main.ts",
    `import { readFileSync } from "node:fs";
    import { word } from "#contract/errors.ts";
    const beside = new URL("../contract/words.txt", import.meta.url);
    export async function runProcess(): Promise<void> {
      using held = { [Symbol.dispose]: () => process.stdout.write(" and let go") };
      const own = /[.]ts/.test(new Error().stack ?? "") ? "from its sources" : "bundled";
      process.stdout.write(\`\${word}, \${readFileSync(beside, "utf8")}, \${own}\`);
    }`,
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a command runs bundled, finds the files beside its sources, and is bundled anew once a source has changed", () => {
  have("vite", "tsx");
  expect(run()).toMatchObject({ stdout: "first, a file beside it, bundled and let go" });
  expect(run()).toMatchObject({ stderr: "" });
  put("contract/errors.ts", 'export const word: string = "second";');
  const { stdout, stderr } = run();
  expect(stdout).toBe("second, a file beside it, bundled and let go");
  expect(stderr).toContain("bundling the program");
});

test("where nothing can bundle, and where the bundle fails, the sources run as they are", () => {
  have("tsx");
  expect(run()).toMatchObject({ stdout: "first, a file beside it, from its sources and let go" });
  have("vite");
  put("contract/unused.ts", "");
  put("setup/build-program.mjs", "process.exit(1);");
  const { stdout, stderr } = run();
  expect(stdout).toBe("first, a file beside it, from its sources and let go");
  expect(stderr).toContain("could not be bundled");
});

function put(path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

function have(...packages: readonly string[]): void {
  for (const name of packages) {
    symlinkSync(join(repository, "node_modules", name), join(root, "node_modules", name));
  }
}

function run() {
  const script =
    'import("./setup/program.mjs").then((m) => m.loadProgram()).then((m) => m.runProcess())';
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
    ...{ cwd: root, encoding: "utf8" },
  });
  expect(status).toBe(0);
  return { stdout, stderr };
}
