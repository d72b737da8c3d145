import type { Io } from "./io.ts";

const barCells = 24;

/** Shows how far a long preparation is: a bar on a terminal, a line per step elsewhere. */
export function progressBar(
  io: Io,
): (step: { label: string; done: number; total: number }) => void {
  return ({ label, done, total }) => {
    if (!io.interactive) {
      io.err(`${label} (${done} of ${total})\n`);
      return;
    }
    const filled = Math.round((barCells * done) / Math.max(1, total));
    const bar = "█".repeat(filled) + "░".repeat(barCells - filled);
    io.err(`\r\u001b[K${bar} ${label}${done === total ? "\n" : ""}`);
  };
}
