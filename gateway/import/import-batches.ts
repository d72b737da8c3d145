import { type Draft, draftsOf } from "../persons/drafts.ts";
import type { PersonRegistry } from "../persons/person-registry.ts";
import type { RecordKind } from "../persons/records.ts";
import { checkRecord } from "./check-record.ts";
import type { Encoding } from "./decode-text.ts";
import type { Problem } from "./problem.ts";
import { type Batch, byKind, inOrder } from "./read-file.ts";

export interface BatchReport {
  readonly kind: RecordKind;
  readonly encoding?: Encoding;
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly problems: readonly Problem[];
}

/** What an import did, or what it would do. */
export interface ImportReport {
  /** True where the registry was written: no rehearsal, and not one problem. */
  readonly imported: boolean;
  readonly dryRun: boolean;
  readonly batches: readonly BatchReport[];
}

/** What an import needs of the registry. */
export type Target = Pick<PersonRegistry, "isKnown" | "known" | "put" | "write">;

/**
 * Imports everything or nothing, in one transaction. A dry run does the very same and takes it back, so
 * it cannot find less than the import would. What was imported before changes nothing.
 */
export function importBatches(
  registry: Target,
  batches: readonly Batch[],
  dryRun: boolean,
): ImportReport {
  const inTurn = byKind(batches);
  const mentioned = mentionedPersons(inTurn);
  return registry.write(() => {
    const isKnown = (reference: string) => mentioned.has(reference) || registry.isKnown(reference);
    const done = inTurn.map((batch) => importBatch(batch, registry, isKnown));
    const imported = !dryRun && done.every(({ problems }) => problems.length === 0);
    return { result: { imported, dryRun, batches: done }, keep: imported };
  });
}

/**
 * Persons of a file in the same import count as known even where their own row is refused: that row is
 * what has to be mended, and not each row that names them.
 */
function mentionedPersons(batches: readonly Batch[]): ReadonlySet<unknown> {
  const persons = batches.filter(({ kind }) => kind === "persons");
  const entries = persons.flatMap((batch) => batch.entries);
  return new Set(entries.map(({ record, partial }) => (record ?? partial)?.["reference"]));
}

function importBatch(
  batch: Batch,
  registry: Target,
  isKnown: (reference: string) => boolean,
): BatchReport {
  const counts = { added: 0, changed: 0, unchanged: 0 };
  const problems = [...batch.problems];
  const seen = new Map<string, { readonly line: number; readonly content: string }>();
  for (const { line, record } of batch.entries) {
    if (!record) continue;
    const { drafts, problems: ofWhole } = wholeDrafts(batch, record, line, registry);
    const own = [
      ...ofWhole,
      ...unknownPersons(drafts, isKnown, line),
      ...repeated(drafts, seen, line),
    ];
    problems.push(...own.map((problem) => named(problem, batch.headers)));
    if (own.length > 0) continue;
    const results = drafts.map((draft) => registry.put(draft));
    if (results.includes("added")) counts.added += 1;
    else if (results.includes("changed")) counts.changed += 1;
    else counts.unchanged += 1;
  }
  const { kind, encoding } = batch;
  const rows = batch.entries.length;
  const found = { kind, rows, ...counts, problems: inOrder(problems) };
  return encoding === undefined ? found : { ...found, encoding };
}

/** A file without a column for the address does not take anybody's address away. */
function wholeDrafts(
  { kind, absent, today }: Batch,
  record: Readonly<Record<string, unknown>>,
  line: number,
  registry: Target,
): { readonly drafts: readonly Draft[]; readonly problems: readonly Problem[] } {
  const drafts = draftsOf(kind, record as never);
  const kept =
    absent.length === 0
      ? {}
      : Object.assign({}, ...drafts.map((one) => registry.known(one, absent)));
  if (Object.keys(kept).length === 0) return { drafts, problems: [] };
  const checked = checkRecord(kind, { ...kept, ...record }, line, today);
  return "record" in checked
    ? { drafts: draftsOf(kind, checked.record as never), problems: [] }
    : { drafts, problems: checked.problems };
}

function unknownPersons(
  drafts: readonly Draft[],
  isKnown: (reference: string) => boolean,
  line: number,
): readonly Problem[] {
  const message = "nobody is registered by this number; import the person first, or mend it";
  return drafts
    .flatMap(({ persons }) => persons)
    .filter(({ reference }) => !isKnown(reference))
    .map(({ column }) => ({ line, column, code: "PERSON_UNKNOWN" as const, message }));
}

/** Rows may share a class, and must agree on it; of anything else there is one row. */
function repeated(
  drafts: readonly Draft[],
  seen: Map<string, { readonly line: number; readonly content: string }>,
  line: number,
): readonly Problem[] {
  return drafts.flatMap(({ kind, key, content }): readonly Problem[] => {
    const place = JSON.stringify([kind, ...key]);
    const text = JSON.stringify(content);
    const before = seen.get(place);
    if (!before) {
      seen.set(place, { line, content: text });
      return [];
    }
    if (kind === "class" && before.content === text) return [];
    const [code, message] =
      kind === "class"
        ? (["ROW_CONFLICT", `says something else of this class than line ${before.line}`] as const)
        : (["ROW_TWICE", `line ${before.line} is about the same; take one of them out`] as const);
    return [{ line, column: null, code, message }];
  });
}

function named(problem: Problem, headers: Batch["headers"]): Problem {
  const header = problem.column === null ? undefined : headers.get(problem.column);
  return header === undefined ? problem : { ...problem, column: header };
}
