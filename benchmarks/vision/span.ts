import { systemClock } from "#runtime/clock.ts";

/** What a task took, by the clock and in processor time, which other programs hardly disturb. */
export interface Span {
  readonly ms: number;
  readonly cpuMs: number;
}

export const noSpan: Span = { ms: 0, cpuMs: 0 };

export function addSpans(a: Span, b: Span): Span {
  return { ms: a.ms + b.ms, cpuMs: a.cpuMs + b.cpuMs };
}

export async function measured(task: () => Promise<unknown>): Promise<Span> {
  const [start, before] = [systemClock.monotonic(), process.cpuUsage()];
  await task();
  const { user, system } = process.cpuUsage(before);
  return { ms: systemClock.monotonic() - start, cpuMs: (user + system) / 1_000 };
}
