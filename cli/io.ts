/** Where a command writes, and what tells it to stop. Standard output belongs to the result. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly signal: AbortSignal;
  /** True when standard error is a terminal, so that a progress bar may redraw itself. */
  readonly interactive: boolean;
  /** What somebody types without it being shown, as ASCII, for the caller to wipe; a line where it is piped. */
  secret?(label: string): Promise<Uint8Array>;
}

/** A subcommand: reads its own arguments, returns the exit status. */
export interface Command {
  readonly summary: string;
  run(args: readonly string[], io: Io): Promise<number>;
}

/** One line of JSON for machines, or the lines that `describe` makes for people. */
export function printResult<T>(io: Io, json: boolean, result: T, describe: (result: T) => string) {
  io.out(json ? `${JSON.stringify(result)}\n` : `${describe(result)}\n`);
}
