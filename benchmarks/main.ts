import { readdirSync, readFileSync } from "node:fs";

type Benchmark = { readonly run?: (options: { json: boolean }) => Promise<void> };

/** The benchmarks there are: each file beside this one that exports `run`. Others are parts of them. */
export function benchmarkNames(): readonly string[] {
  const folder = new URL("./", import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .filter((file) =>
      /^export async function run\(/m.test(readFileSync(new URL(file, folder), "utf8")),
    )
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

/** Runs `NAME [--json]`. Returns the exit status: 0, or 2 with the names there are for a wrong usage. */
export async function runBenchmark(args: readonly string[]): Promise<number> {
  const names = args.filter((argument) => argument !== "--json");
  const [name = ""] = names;
  if (names.length !== 1 || !benchmarkNames().includes(name)) {
    const known = benchmarkNames().join(", ");
    process.stderr.write(
      `Usage: npm run -s bench -- NAME [--json], where NAME is one of ${known}\n`,
    );
    return 2;
  }
  const benchmark: Benchmark = await import(new URL(`./${name}.ts`, import.meta.url).href);
  await benchmark.run?.({ json: args.includes("--json") });
  return 0;
}
