import type { PersonId } from "#contract/ids.ts";
import type { Database } from "#runtime/database.ts";

/** A template as it lies in the file. */
export interface TemplateRow {
  readonly id: number;
  readonly person: PersonId;
  readonly sealed: Buffer;
}

/** Templates that are read from the file at once. */
export const pageRows = 512;

/** Replaces every sealed template by what `reseal` makes of it. Returns how many there are. */
export function changeTemplates(
  database: Database,
  reseal: (row: TemplateRow) => Uint8Array,
): number {
  const page = database.prepare(
    "SELECT id, person, sealed FROM templates WHERE id > ? ORDER BY id LIMIT ?",
  );
  const update = database.prepare("UPDATE templates SET sealed = ? WHERE id = ?");
  for (let [last, count] = [0, 0]; ; ) {
    const rows = page.all(last, pageRows) as TemplateRow[];
    for (const row of rows) update.run(reseal(row), row.id);
    count += rows.length;
    last = rows.at(-1)?.id ?? last;
    if (rows.length < pageRows) return count;
  }
}
