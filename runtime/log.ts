/**
 * One line for each event: a dotted, stable name and flat fields. Fields are numbers, booleans and
 * short strings from an allow-list of names, so that no pixel, template, name or card content can
 * pass by accident: a field that is not listed is dropped and counted as `dropped`.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
export type Log = (event: string, fields?: LogFields) => void;

const allowedFields = new Set([
  "at", "attempt", "bytes", "code", "count", "depth", "device", "durationMs", "entries", "error",
  "expected", "file", "frames", "index", "level", "model", "outcome", "path", "people", "port",
  "progress", "reason", "sequence", "service", "signal", "source", "state", "status", "temperature", "url",
  "version", "waitMs",
]); // biome-ignore format: a table
const fieldCharactersMax = 300;

/** Writes JSON lines to `write`, for example standard error. */
export function createLog(write: (line: string) => void, wall: () => number): Log {
  return (event, fields = {}) => {
    const line: Record<string, unknown> = { at: new Date(wall()).toISOString(), event };
    let dropped = 0;
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      if (allowedFields.has(name)) {
        line[name] = typeof value === "string" ? value.slice(0, fieldCharactersMax) : value;
      } else dropped += 1;
    }
    if (dropped > 0) line["dropped"] = dropped;
    write(`${JSON.stringify(line)}\n`);
  };
}

export const silentLog: Log = () => {};
