// Installs the npm packages and builds the add-ons: a step of its own for images. With `pages` it builds
// the gateway's pages too, and the program that serves them.
import { ensureCardReaders } from "./card-readers.mjs";
import { ensureConsole } from "./console.mjs";
import { ensurePackages } from "./packages.mjs";
import { ensureProgram } from "./program.mjs";

ensurePackages();
ensureCardReaders();
if (process.argv[2] === "pages") {
  ensureConsole();
  ensureProgram();
}
