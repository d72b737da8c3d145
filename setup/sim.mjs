// `npm run sim -- --seed N`: everything that the simulation needs, then the simulation, in this process.
import { ensurePackages } from "./packages.mjs";

ensurePackages();
const { register } = await import("tsx/esm/api");
register();
const { runSimulation } = await import(new URL("../test/simulation/main.ts", import.meta.url).href);
const out = (text) => process.stdout.write(text);
process.exitCode = await runSimulation(process.argv.slice(2), out);
