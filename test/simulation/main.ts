import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hasMosquitto } from "#test/support/mosquitto.ts";
import { runKills } from "./kills.ts";
import { type Plant, plants } from "./plants.ts";
import { simulate } from "./simulate.ts";

const help = `Usage: npm run -s sim -- [--seed N] [--seeds COUNT] [--plant BUG] [--diary] [--json]
       npm run -s sim -- --kills COUNT [--broker mosquitto] [--seed N] [--json]

One seed drives clocks, network, disks, power and boxes against a gateway, through their real code.
Status 1 when ledger, outboxes, receipts, heads or views do not agree with what the seed says.

  --seed N       the first seed (default 1)
  --seeds COUNT  how many seeds from there on (default 1)
  --plant BUG    with a bug in it, to see it found: ${plants.join(", ")}
  --diary        print what happened, too
  --kills COUNT  kills real processes instead, gateway and boxes at random under load, and counts
  --broker NAME  embedded (the default) or mosquitto, for kills
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
      kills: { type: "string" },
      broker: { type: "string", default: "embedded" },
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
  if (values.kills !== undefined) return await killProcesses(values, first, out);
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

async function killProcesses(
  values: { readonly kills?: string; readonly broker: string; readonly json: boolean },
  seed: number,
  out: (text: string) => void,
): Promise<number> {
  const kills = Number(values.kills);
  const isKnown = values.broker === "embedded" || (values.broker === "mosquitto" && hasMosquitto);
  if (!(kills >= 1) || !isKnown) {
    out(isKnown ? help : "there is no such broker here\n");
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "tebura-kills-"));
  try {
    const broker = values.broker === "embedded" ? "embedded" : "external";
    const report = await runKills(folder, { kills, seed, broker });
    out(values.json ? `${JSON.stringify(report)}\n` : `${JSON.stringify(report, undefined, 2)}\n`);
    return report.lost === 0 && report.made === report.ledgerEntries ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
