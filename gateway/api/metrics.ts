import type { Ingest } from "../ingest/ingest.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** Counters and gauges in the Prometheus text format. */
export function metricsText(ingest: Ingest, ledger: Ledger): string {
  const rows: readonly (readonly [name: string, type: "counter" | "gauge", value: number])[] = [
    ["tebura_ledger_entries", "gauge", ledger.count],
    ["tebura_ingest_queue_depth", "gauge", ingest.depth],
    ["tebura_ingest_accepted_total", "counter", ingest.counts.accepted],
    ["tebura_ingest_repeated_total", "counter", ingest.counts.repeated],
    ["tebura_ingest_gaps_total", "counter", ingest.counts.gaps],
    ["tebura_ingest_refused_total", "counter", ingest.counts.refused],
    ["tebura_ingest_dropped_total", "counter", ingest.counts.dropped],
    ["tebura_step_ups_proved_total", "counter", ingest.counts.stepUps],
  ];
  const plain = rows.map(([name, type, value]) => `# TYPE ${name} ${type}\n${name} ${value}\n`);
  return [...plain, refusedStepUps(ingest)].join("");
}

/** One row for each reason, since an alarm asks for a reason. */
function refusedStepUps({ refusedStepUps }: Ingest): string {
  const name = "tebura_step_ups_refused_total";
  const rows = [...refusedStepUps].map(([code, count]) => `${name}{code="${code}"} ${count}\n`);
  return `# TYPE ${name} counter\n${rows.join("")}`;
}
