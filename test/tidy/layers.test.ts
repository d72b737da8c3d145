import { expect, test } from "vitest";
import { layerOf, type SourceFile, sourceFiles } from "./source-tree.ts";

/** What leans on what: the table of docs/architecture.md. A layer may always lean on itself. */
const table: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  runtime: ["contract"],
  models: ["contract"],
  "firmware-config": ["contract"],
  device: ["contract", "runtime", "models", "firmware-config"],
  gateway: ["contract", "runtime", "firmware-config"],
  cli: ["contract", "runtime", "models", "firmware-config", "device", "gateway"],
  benchmarks: [
    "contract",
    "runtime",
    "models",
    "firmware-config",
    "device",
    "gateway",
    "cli",
    "test",
  ],
  test: [
    "contract",
    "runtime",
    "models",
    "firmware-config",
    "device",
    "gateway",
    "cli",
    "benchmarks",
  ],
};

/** What the console's page loads first; everything else of it is reached from there. */
const consoleEntry = "gateway/console/main.tsx";
const files = sourceFiles();
const byPath = new Map(files.map((file) => [file.path, file]));

test("every source file stands in a layer of the table", () => {
  const elsewhere = files.filter(({ path }) => path.includes("/") && !(layerOf(path) in table));
  expect(elsewhere.map(({ path }) => path)).toEqual([]);
});

test.each(Object.keys(table))("%s leans only on what it may", (layer) => {
  const wrong = files
    .filter(({ path }) => layerOf(path) === layer)
    .flatMap(({ path, imports }) =>
      imports
        .filter((target) => layerOf(target) !== layer && !table[layer]?.includes(layerOf(target)))
        .map((target) => `${path} → ${target}`),
    );
  expect(wrong).toEqual([]);
});

test("imports are relative inside a layer and say #layer/ across", () => {
  const wrong = files
    .filter(({ path }) => layerOf(path) in table)
    .flatMap(({ path, text }) => {
      const relativeOut = [...text.matchAll(/from "(\.[^"]+)"/g)]
        .map((match) => new URL(match[1]!, `file:///${path}`).pathname.slice(1))
        .filter((target) => layerOf(target) !== layerOf(path));
      const hashIn = text.includes(`from "#${layerOf(path)}/`) && layerOf(path) !== "test";
      return [...relativeOut.map((target) => `${path} → ${target}`), ...(hashIn ? [path] : [])];
    });
  expect(wrong).toEqual([]);
});

/** Functions that lean on nothing at all run in a browser too. */
const leansOnNothing = (path: string) =>
  !/^(import|export .* from) /m.test(byPath.get(path)?.text ?? "import ");

test("a browser gets none of the gateway's code, and the gateway none that needs a browser", () => {
  const inConsole = (path: string) => path.startsWith("gateway/console/");
  const wrong = files.flatMap(({ path, text, imports }) => {
    if (!inConsole(path)) {
      return layerOf(path) !== "gateway"
        ? []
        : imports.filter((target) => inConsole(target) && target.endsWith("x"));
    }
    const types = [...text.matchAll(/^import type [^;]*? from "([^"]+)"/gm)].map(
      (match) => match[1]!,
    );
    return imports.filter((target) => {
      const isType = types.some((name) => target.endsWith(name.replace(/^(\.\.?\/)+|^#/, "")));
      return !inConsole(target) && !isType && !leansOnNothing(target);
    });
  });
  expect(wrong).toEqual([]);
});

test("there is no import cycle, types included", () => {
  expect(findCycle(files)).toBeUndefined();
});

test("every import of ours points to a file", () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter((target) => /\.tsx?$/.test(target) && !byPath.has(target))
      .map((target) => `${path} → ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("there is no orphan: every file is reached from a command, a benchmark or a test", () => {
  const isEntry = (path: string) =>
    path === "cli/main.ts" ||
    path === consoleEntry ||
    !path.includes("/") ||
    path.endsWith(".test.ts") ||
    /^benchmarks\/[^/]+\.ts$/.test(path);
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const target of byPath.get(path)?.imports ?? []) visit(target);
  };
  for (const { path } of files) if (isEntry(path)) visit(path);
  expect(files.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
});

function findCycle(all: readonly SourceFile[]): readonly string[] | undefined {
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const target of byPath.get(path)?.imports ?? []) {
      const cycle = walk(target, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of all) {
    const cycle = walk(path, []);
    if (cycle) return cycle;
  }
  return undefined;
}
