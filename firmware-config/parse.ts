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
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TeburaError("CONFIG_INVALID", `cannot read ${path}: ${why}`, { cause });
  }
}
