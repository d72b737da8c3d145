import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import { root, sourceFiles, trackedFiles } from "./source-tree.ts";

const files = sourceFiles().filter(({ path }) => path.includes("/"));
const product = files.filter(({ path }) => !/^(test|benchmarks)\//.test(path));
const lengthMax = 400;
const functionLengthMax = 70;
const blobBytesMax = 262_144;

function finding(pattern: RegExp, among: readonly { path: string; text: string }[]) {
  return among.flatMap(({ path, text }) =>
    text
      .split("\n")
      .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
      .filter(({ line }) => pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line))
      .map(({ at }) => at),
  );
}

test(`no file has more than ${lengthMax} lines`, () => {
  const long = files.filter(({ text }) => text.split("\n").length > lengthMax + 1);
  expect(long.map(({ path }) => path)).toEqual([]);
});

test(`no function of the product has more than ${functionLengthMax} lines`, () => {
  expect(product.flatMap(({ path, text }) => longFunctions(path, text))).toEqual([]);
});

test("time and chance come in through a port", () => {
  const outside = product.filter(
    ({ path }) => !path.startsWith("runtime/") && path !== "cli/parts.ts",
  );
  const pattern = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\(/;
  expect(finding(pattern, outside)).toEqual([]);
});

test("only the command line writes to the standard streams, and nobody to the console", () => {
  expect(finding(/\bconsole\.\w+\(/, files)).toEqual([]);
  const others = product.filter(({ path }) => !path.startsWith("cli/"));
  expect(finding(/process\.(stdout|stderr)\.write/, others)).toEqual([]);
});

test("types are erasable and exports have names", () => {
  expect(
    finding(/^\s*(export )?(const )?enum |^\s*(export )?namespace |^export default/, files),
  ).toEqual([]);
});

test("no unfinished work is marked in the code", () => {
  const mark = new RegExp(
    ["TO", "DO|FIX", "ME|X", "XX\\b|\\.on", "ly\\(|as an", "y\\b|@ts-ig", "nore"].join(""),
  );
  expect(finding(mark, files)).toEqual([]);
});

test("file names are kebab-case", () => {
  const wrong = files.filter(({ path }) => !/^([a-z0-9-]+\/)+[a-z0-9.-]+\.tsx?$/.test(path));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("nobody's face and no large blob is kept in git", () => {
  const tracked = trackedFiles();
  const pictures = tracked.filter((path) => /\.(jpe?g|webp|heic|mp4|avi|onnx|bin)$/i.test(path));
  expect(pictures).toEqual([]);
  const large = tracked.filter(
    (path) => path !== "package-lock.json" && statSync(join(root, path)).size > blobBytesMax,
  );
  expect(large).toEqual([]);
});

test("the tree names no machine and no registry", () => {
  const texts = trackedFiles()
    .filter((path) =>
      /\.(tsx?|mjs|js|json|md|html|css|svg|yml|service)$|Dockerfile|run$/.test(path),
    )
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  const pattern = new RegExp(
    ["\\/(wo", "rk|fa", 'rm)\\/[a-z]|"reso', 'lved": *"http|regi', "stry\\.npm"].join(""),
  );
  expect(finding(pattern, texts)).toEqual([]);
});

test("a change of the contract has an entry in the change log", () => {
  const log = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version as string;
  expect(log).toContain(`## ${version}`);
  expect(log).toMatch(/### Contract/);
});

/** These read the whole tree; a machine that does other things, too, takes minutes over it. */
const patience = 300_000;

test("the type checker has nothing to say", { timeout: patience }, () => {
  run("node_modules/typescript/bin/tsc", "-p", ".");
  run("node_modules/typescript/bin/tsc", "-p", "gateway/console");
});

test("the formatter and linter have nothing to say", { timeout: patience }, () => {
  run("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings");
});

test("nothing is dead: no unused file, export or dependency", { timeout: patience }, () => {
  run("node_modules/knip/bin/knip.js", "--no-progress");
});

/** Runs one of our own tools, and fails with what it said. */
function run(tool: string, ...args: readonly string[]): void {
  try {
    execFileSync(process.execPath, [join(root, tool), ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${tool}:\n${stdout}\n${stderr}`.slice(0, 6_000));
  }
}

function longFunctions(path: string, text: string): readonly string[] {
  const lineAt = lineCounter(text);
  const long: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    else if (typeof node === "object" && node !== null) {
      const { type, start, end } = node as { type?: string; start: number; end: number };
      const isFunction =
        type !== undefined &&
        /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type);
      const lines = isFunction ? lineAt(end) - lineAt(start) + 1 : 0;
      if (lines > functionLengthMax) long.push(`${path}:${lineAt(start)} has ${lines} lines`);
      for (const child of Object.values(node)) visit(child);
    }
  };
  visit(parseSync(path, text).program);
  return long;
}

function lineCounter(text: string): (offset: number) => number {
  const breaks = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (offset) => breaks.filter((at) => at < offset).length + 1;
}
