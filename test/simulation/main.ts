import { parseArgs } from "node:util";
import { type Plant, plants } from "./plants.ts";
import { simulate } from "./simulate.ts";

const help = `Usage: npm run -s sim -- [--seed N] [--seeds COUNT] [--plant BUG] [--diary] [--json]

One seed drives clocks, network, disks, power and boxes against a gateway, through their real code.
Status 1 when ledger, outboxes, receipts, heads or views do not agree with what the seed says.

  --seed N       the first seed (default 1)
  --seeds COUNT  how many seeds from there on (default 1)
  --plant BUG    with a bug in it, to see it found: ${plants.join(", ")}
  --diary        print what happened, too
  --json         one line of JSON
`;

const sideBySide = 4;

/** Runs the seeds. Returns the exit status. */
export async function runSimulation(
  args: readonly string[],
  out: (text: string) => void,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: "1" },
      seeds: { type: "string", default: "1" },
      plant: { type: "string" },
      diary: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const plant = plants.find((one) => one === values.plant);
  const [first, count] = [Number(values.seed), Number(values.seeds)];
  const isWrong = !Number.isInteger(first) || !(count >= 1) || (values.plant && !plant);
  if (values.help || isWrong) {
    out(help);
    return isWrong ? 2 : 0;
  }
  const total: Record<string, number> = {};
  const failed: number[] = [];
  let next = first;
  const runSeeds = async () => {
    while (next < first + count) {
      const seed = next++;
      const isSound = await runSeed(seed, plant, values, total, out);
      if (!isSound) failed.push(seed);
    }
  };
  // Worlds have nothing in common: while one waits for a signature, the others go on.
  await Promise.all(Array.from({ length: sideBySide }, runSeeds));
  failed.sort((a, b) => a - b);
  const result = { seeds: count, failed, ...total };
  out(values.json ? `${JSON.stringify(result)}\n` : `${describe(result)}\n`);
  return failed.length > 0 ? 1 : 0;
}

async function runSeed(
  seed: number,
  plant: Plant | undefined,
  values: { diary: boolean; json: boolean },
  total: Record<string, number>,
  out: (text: string) => void,
): Promise<boolean> {
  const { problems, diary, counts } = await simulate(seed, plant);
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  if (values.diary) out(`${diary.join("\n")}\n`);
  if (problems.length > 0 && !values.json) {
    out(
      `seed ${seed}: ${problems.join("; ")}\n  replay: npm run -s sim -- --seed ${seed} --diary\n`,
    );
  }
  return problems.length === 0;
}

function describe(result: Readonly<Record<string, unknown>>): string {
  const failed = result["failed"] as readonly number[];
  const counts = Object.entries(result)
    .filter(([name]) => name !== "failed")
    .map(([name, count]) => `${name} ${count}`);
  return `${counts.join(", ")}: ${failed.length === 0 ? "none failed" : `${failed.length} FAILED`}`;
}
