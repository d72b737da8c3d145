#!/usr/bin/env node
// `tebura COMMAND`: sees to it that what the command needs is there, then runs it in this process.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureCardReaders } from "./card-readers.mjs";
import { ensureConsole } from "./console.mjs";
import { ensurePackages } from "./packages.mjs";
import { loadProgram } from "./program.mjs";
import { ensureSystem } from "./system.mjs";

/** The commands that may open a video file or a camera. */
const watching = ["start", "device"];
/** The commands that show the gateway's pages. */
const showing = ["start", "gateway", "demo"];
/** The commands that may speak to a card. */
const reading = ["start", "device", "card"];

// npm runs scripts in the package's folder; a path that somebody types is meant from where they stand.
const root = fileURLToPath(new URL("..", import.meta.url));
const { npm_lifecycle_event: script, INIT_CWD: typedIn } = process.env;
if (script && typedIn && resolve(process.cwd()) === resolve(root)) process.chdir(typedIn);

const [command, ...rest] = process.argv.slice(2);
ensurePackages();
if (!rest.includes("--help")) {
  if (watching.includes(command)) ensureSystem(["ffmpeg"]);
  if (showing.includes(command)) ensureConsole();
  if (reading.includes(command)) ensureCardReaders();
}
const { runProcess } = await loadProgram();
await runProcess(process.argv.slice(2));
