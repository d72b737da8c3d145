import { readFileSync } from "node:fs";
import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";

/** Checks `input` against a schema. Throws CONFIG_INVALID saying which key, in which file, and why. */
export function parseConfig<T>(schema: z.ZodType<T>, input: unknown, where: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new TeburaError("CONFIG_INVALID", `${where}:\n${z.prettifyError(parsed.error)}`);
}

/** Reads a JSON file. Throws CONFIG_INVALID when it cannot be read or is not JSON. */
export function readJsonFile(path: string): unknown {
  const text = readTextFile(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Reads a file that somebody wrote, without the mark that editors put before UTF-8. Throws CONFIG_INVALID. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): TeburaError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const inOneLine = why.replace(/\s+/g, " ");
  return new TeburaError("CONFIG_INVALID", `cannot read ${path}: ${inOneLine}`, { cause });
}
