import * as z from "zod";
import { deviceIdSchema, pseudonymSchema, wallMsSchema } from "#contract/ids.ts";

/** The schemas of what routes answer with, by method and path as they are mounted. */
export type RouteAnswers = Readonly<Record<string, z.ZodType>>;

/** What a desk gives where it does not refuse. */
export type Given<Run extends (...asked: never[]) => unknown> = WithoutOk<
  Extract<Awaited<ReturnType<Run>>, { readonly ok: true }>
>;
type WithoutOk<One> = One extends unknown ? Omit<One, "ok"> : never;

/**
 * Holds the schema of an answer to the type of what the program gives: a field that is not given, or is of another
 * type, does not compile. What is given and not described, tests find: every schema is strict.
 */
export const answerOf =
  <Said>() =>
  <Schema extends z.ZodType>(
    schema: Schema & ([Said] extends [z.output<Schema>] ? unknown : { readonly isNotOf: Said }),
  ): z.ZodType =>
    schema as Schema;

/** Some of a kind, in an order. */
export const rows = <One extends z.ZodType>(one: One) => z.array(one).readonly();

export const day = z.iso.date();
export const nothing = z.strictObject({});
export const person = z.strictObject({ person: pseudonymSchema });
export const wall = wallMsSchema;
export const device = deviceIdSchema;
export const yen = z.int();
