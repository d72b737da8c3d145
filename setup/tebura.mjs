#!/usr/bin/env node
// `tebura COMMAND`: sees to it that what the command needs is there, then runs it in this process.
import { ensurePackages } from "./packages.mjs";
import { ensureSystem } from "./system.mjs";

/** The commands that may open a video file or a camera. */
const watching = ["start", "device"];

const [command, ...rest] = process.argv.slice(2);
ensurePackages();
if (watching.includes(command) && !rest.includes("--help")) ensureSystem(["ffmpeg"]);
const { register } = await import("tsx/esm/api");
register();
const { runProcess } = await import(new URL("../cli/main.ts", import.meta.url).href);
await runProcess(process.argv.slice(2));
