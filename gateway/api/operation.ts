import * as z from "zod";
import type { ErrorCode } from "#contract/errors.ts";
import type { Scope } from "./api-keys.ts";

/** Who calls: the id of a key. */
export interface Caller {
  readonly who: string;
  /** Whether people under protection are shown to them. */
  readonly seesProtected: boolean;
}

export interface Answer {
  readonly status: 200 | 422;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One thing that the API can do. The routes and their description both come from these. */
export interface Operation {
  readonly id: string;
  /** Nobody's number stands in an address: addresses end up in the logs of proxies. */
  readonly path: string;
  readonly summary: string;
  readonly scope: Scope;
  readonly body: "json" | "csv";
  /** What a body of JSON has to be, for the description; `run` may look closer. */
  readonly takes?: z.ZodType;
  /** What stands after the question mark. */
  readonly query?: z.ZodObject;
  readonly gives: z.ZodType;
  /** Beside what every operation refuses. */
  readonly refuses?: readonly ErrorCode[];
  /** Throws TeburaError USAGE for a body or query that does not fit. */
  run(body: Uint8Array, query: unknown, caller: Caller): Promise<Answer>;
}

export const problemSchema = z.strictObject({
  line: z.int().min(1).describe("line of a file, or place in the list of records, from 1"),
  column: z.string().nullable(),
  code: z.string(),
  message: z.string(),
});

export const reportSchema = z.strictObject({
  imported: z.boolean(),
  dryRun: z.boolean(),
  batches: z.array(
    z.strictObject({
      kind: z.string(),
      encoding: z.string().optional(),
      rows: z.int().min(0),
      added: z.int().min(0),
      changed: z.int().min(0),
      unchanged: z.int().min(0),
      problems: z.array(problemSchema),
    }),
  ),
});

export const refusalSchema = z.strictObject({
  code: z.string().describe("stable, for programs"),
  message: z.string().describe("for people: what was wrong and what to do"),
});
