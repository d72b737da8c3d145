// Plays the demonstration's day in the city, opens the gateway's pages and takes the pictures of
// docs/console.md and README.md: `node docs/console-pictures.mjs [NAME...]` writes docs/pictures/console-*.png.
import { fileURLToPath } from "node:url";
import { ensureConsole } from "../setup/console.mjs";
import { ensurePackages } from "../setup/packages.mjs";

ensurePackages();
ensureConsole();
const { register } = await import("tsx/esm/api");
register();
const { takePictures } = await import(new URL("../benchmarks/pictures.ts", import.meta.url).href);
const folder = fileURLToPath(new URL("./pictures/", import.meta.url));
await takePictures(process.env.TEBURA_PICTURES ?? folder, process.argv.slice(2));
