import type { Io } from "#cli/io.ts";
import { main } from "#cli/main.ts";

/** Runs a command line of Tebura's in this process, as a person would; `more` is what else they have at hand. */
export async function runCommand(words: readonly string[], more: Partial<Io> = {}) {
  const said: [string[], string[]] = [[], []];
  const status = await main(words, {
    out: (text) => void said[0].push(text),
    err: (text) => void said[1].push(text),
    signal: new AbortController().signal,
    interactive: false,
    ...more,
  });
  return { status, out: said[0].join(""), err: said[1].join("") };
}
