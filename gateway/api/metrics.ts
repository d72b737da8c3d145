import type { Ingest } from "../ingest/ingest.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { School } from "../school/school.ts";

/** Counters and gauges in the Prometheus text format. */
export function metricsText(
  ingest: Ingest,
  ledger: Ledger,
  notices: Pick<School, "waiting" | "overflowCount">,
): string {
  const rows: readonly (readonly [name: string, type: "counter" | "gauge", value: number])[] = [
    ["tebura_ledger_entries", "gauge", ledger.count],
    ["tebura_ingest_queue_depth", "gauge", ingest.depth],
    ["tebura_ingest_accepted_total", "counter", ingest.counts.accepted],
    ["tebura_ingest_repeated_total", "counter", ingest.counts.repeated],
    ["tebura_ingest_gaps_total", "counter", ingest.counts.gaps],
    ["tebura_ingest_refused_total", "counter", ingest.counts.refused],
    ["tebura_ingest_dropped_total", "counter", ingest.counts.dropped],
    ["tebura_step_ups_proved_total", "counter", ingest.counts.stepUps],
    ["tebura_notices_waiting", "gauge", notices.waiting],
    ["tebura_notices_overflowed_total", "counter", notices.overflowCount],
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
