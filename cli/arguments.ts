import { type ParseArgsConfig, parseArgs } from "node:util";
import { TeburaError } from "#contract/errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Options that every command takes. */
export const commonOptions = {
  data: { type: "string" },
  config: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies Options;

export const commonHelp = `  --data DIR      the data folder (default .tebura/data, or TEBURA_DATA)
  --config FILE   settings as JSON; options given here win over the file
  --json          one line of JSON on standard output
  -h, --help      this text`;

/** Reads a command's arguments strictly. Throws USAGE naming the argument that does not fit. */
export function readArguments<const T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    // Node adds lines of advice on how to write an option.
    const why = told.split("\n")[0]?.replace(/\.$/, "");
    const option = /^Option '(?:-\w, )?(--[\w-]+).*ambiguous/.exec(told)?.[1];
    const what = option
      ? `a value of ${option} that begins with a dash is written ${option}=VALUE`
      : why;
    throw new TeburaError("USAGE", `${what}. Try --help.`, { cause });
  }
}

/** A port as somebody typed it. Throws USAGE unless it is a whole number from 0 to 65535. */
export function readPort(text: string | undefined, option: string): number | undefined {
  return readWholeNumber(text, option, 65_535);
}

/** A whole number from 0 to `most` as somebody typed it. Throws USAGE. */
export function readWholeNumber(
  text: string | undefined,
  option: string,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most && text.trim() !== "") return value;
  throw new TeburaError(
    "USAGE",
    `--${option} takes a whole number from 0 to ${most}, not "${text}"`,
  );
}
