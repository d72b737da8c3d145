import * as z from "zod";
import { serviceNames } from "#contract/services.ts";
import { type RuleSections, ruleSectionsSchema } from "./city-rules.ts";
import { type PolicyRows, type PolicyTable, policyRowSchema, tableOf } from "./policy-table.ts";

/** A city's policy as a file says it: what each service asks for, and the rules that it goes by. */
export interface Policy {
  readonly rows: PolicyRows;
  readonly table: PolicyTable;
  /** The sections of rules that the file names; undefined where it says nothing of rules. */
  readonly sections: RuleSections | undefined;
}

const rowShape = Object.fromEntries(serviceNames.map((name) => [name, policyRowSchema.optional()]));

/**
 * One file: the rows of services by their names, and beside them `rules`. A file without `rules` is a
 * table as it always was.
 */
export const policyFileSchema = z
  .strictObject({ ...rowShape, rules: ruleSectionsSchema.optional() })
  .transform(({ rules: sections, ...rows }): Policy => {
    const named = rows as PolicyRows;
    return { rows: named, table: tableOf(named), sections };
  });

/** What a file changes, by name: the services, and the rules as `rules.taxi`. */
export function namedIn({ rows, sections }: Policy): readonly string[] {
  const of = (from: object) =>
    Object.entries(from).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return [...of(rows), ...of(sections ?? {}).map((name) => `rules.${name}`)];
}
