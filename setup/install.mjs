// Installs the npm packages and builds the add-ons, and nothing more: a step of its own for images.
import { ensureCardReaders } from "./card-readers.mjs";
import { ensurePackages } from "./packages.mjs";

ensurePackages();
ensureCardReaders();
