// Installs the npm packages and builds the add-ons: a step of its own for images. With `pages` it builds
// the gateway's pages too.
import { ensureCardReaders } from "./card-readers.mjs";
import { ensureConsole } from "./console.mjs";
import { ensurePackages } from "./packages.mjs";

ensurePackages();
ensureCardReaders();
if (process.argv[2] === "pages") ensureConsole();
