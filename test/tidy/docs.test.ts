import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { benchmarkNames } from "#benchmarks/main.ts";
import { main } from "#cli/main.ts";
import { root, trackedFiles } from "./source-tree.ts";

const pages = trackedFiles()
  .filter((path) => path.endsWith(".md"))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts as Record<
  string,
  string
>;

/** What stands between backquotes or in a block of commands, one entry a command line. */
function commandLines(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```(?:sh|text|ini)\n([\s\S]*?)```/g)].flatMap((match) =>
    match[1]!.replaceAll("\\\n", " ").split("\n"),
  );
  const spans = [...text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/`([^`]+)`/g)];
  return [...blocks, ...spans.map((match) => match[1]!.replaceAll("\n", " "))];
}

/** What a command line prints when it runs inside this process. */
async function output(...args: readonly string[]): Promise<string> {
  let text = "";
  const take = (part: string) => {
    text += part;
  };
  const io = { out: take, err: take, signal: new AbortController().signal, interactive: false };
  await main(args, io);
  return text;
}

test("every npm script that the pages name exists", () => {
  const wrong = pages.flatMap(({ path, text }) =>
    commandLines(text).flatMap((line) =>
      [...line.matchAll(/\bnpm (?:run (?:-s )?([a-z]+)|(start|test)\b)/g)]
        .map((match) => match[1] ?? match[2]!)
        .filter((name) => !(name in scripts))
        .map((name) => `${path}: npm run ${name}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test("every command and option that the pages name is in that command's help", async () => {
  const usage = await output("--help");
  const wrong: string[] = [];
  for (const { path, text } of pages) {
    for (const line of commandLines(text)) {
      // A user called tebura is no command.
      const plain = line.replaceAll("-u tebura", "");
      const called =
        /(?:^|[\s/])(?:tebura(?:\.mjs| --)?|npm start --) (?:([a-z]+(?:-[a-z]+)*)\b)?(.*)$/.exec(
          plain,
        );
      if (!called) continue;
      const command = line.includes("npm start --") ? "start" : called[1];
      if (command === undefined) continue;
      if (!new RegExp(`^  ${command} `, "m").test(usage)) wrong.push(`${path}: ${command}`);
      const help = await output(command, "--help");
      for (const [option] of (called[2] ?? "").matchAll(/(?<=\s)--[a-z][a-z0-9-]+/g)) {
        if (!help.includes(option)) wrong.push(`${path}: ${command} ${option}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("every benchmark that the pages name exists", () => {
  const wrong = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/npm run (?:-s )?bench -- ([a-z][a-z-]*)/g)]
      .filter((match) => !benchmarkNames().includes(match[1]!))
      .map((match) => `${path}: ${match[1]}`),
  );
  expect(wrong).toEqual([]);
});

test("every link of the pages into the tree leads somewhere", () => {
  const wrong = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .filter((match) => !existsSync(join(root, dirname(path), match[1]!)))
      .map((match) => `${path} → ${match[1]}`),
  );
  expect(wrong).toEqual([]);
});

test("the table of parts names every package that is used", () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ) as Record<string, Record<string, string>>;
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const named = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !name.startsWith("@types/"),
  );
  const missing = named.filter(
    (name) =>
      !readme.includes(`\`${name}\``) && !readme.includes(`\`${name.replace(/\/.*/, "/*")}\``),
  );
  expect(missing).toEqual([]);
});
