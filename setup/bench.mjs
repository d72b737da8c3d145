// `npm run bench -- NAME [--json]`: everything that a benchmark needs, then the benchmark, in this process.
import { ensureConsole } from "./console.mjs";
import { ensurePackages } from "./packages.mjs";

ensurePackages();
ensureConsole();
const { register } = await import("tsx/esm/api");
register();
const { runBenchmark } = await import(new URL("../benchmarks/main.ts", import.meta.url).href);
process.exitCode = await runBenchmark(process.argv.slice(2));
