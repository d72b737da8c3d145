// Installs the npm packages and builds the add-on, and nothing more: a step of its own for images.
import { ensurePackages } from "./packages.mjs";

ensurePackages();
