import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { pseudonymSchema } from "#contract/ids.ts";
import { serviceSchema } from "#contract/services.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { PersonForgetter } from "../evidence/forget-person.ts";
import { encodings } from "../import/decode-text.ts";
import { importBatches } from "../import/import-batches.ts";
import { type Batch, readFile, readRecords } from "../import/read-file.ts";
import { accessReasonSchema } from "../persons/access.ts";
import { type PersonRegistry, type Tie, ties } from "../persons/person-registry.ts";
import {
  dateSchema,
  personFieldSchema,
  personSchema,
  type RecordKind,
  recordKinds,
  recordSchemas,
  referenceSchema,
} from "../persons/records.ts";
import { dayIn } from "../views/view.ts";
import { type Answer, type Caller, type Operation, reportSchema } from "./operation.ts";

export interface RegistryPorts {
  readonly registry: PersonRegistry;
  readonly forgetter: Pick<PersonForgetter, "forget">;
  readonly clock: Pick<Clock, "wall">;
  readonly timeZone: string;
  /** Told who changed how much, and nothing of whom. */
  readonly log: Log;
}

const keySchema = z.strictObject({ service: serviceSchema, person: pseudonymSchema });

/** More belongs to `tebura import`, which has a process of its own and holds up no event. */
export const apiRecordsMax = 5_000;

const nameToFind = z.string().min(1).max(100);
const personQuerySchema = z.discriminatedUnion("by", [
  z.strictObject({ by: z.literal("reference"), reference: referenceSchema }),
  z.strictObject({ by: z.literal("name"), name: nameToFind, birthDate: dateSchema }),
]);

/** An import is refused with its report; and while another one writes. */
const importRefuses = ["IMPORT_REFUSED", "DATA_LOCKED"] as const;

/** Everything that the registry's API can do. */
export function registryOperations(ports: RegistryPorts): readonly Operation[] {
  return [
    ...recordKinds.flatMap((kind) => [writeRecords(kind, ports), writeCsv(kind, ports)]),
    findPersons(ports),
    forgetPerson(ports),
    ...Object.keys(ties).map((what) => showTies(what as Tie, ports)),
  ];
}

function writeRecords(kind: RecordKind, ports: RegistryPorts): Operation {
  const list = <T extends z.ZodType>(record: T) =>
    z.strictObject({
      dryRun: z.boolean().default(false),
      records: z.array(record).min(1).max(apiRecordsMax),
    });
  const shape = list(z.unknown()); // Each record is judged by itself, so that all flaws are told.
  return {
    ...{ id: `write-${kind}`, path: `/api/registry/${kind}`, scope: `${kind}:write` },
    summary: `Adds or changes ${kind}: all of them, or with one bad record none`,
    ...{
      body: "json",
      takes: list(recordSchemas[kind]),
      gives: reportSchema,
      refuses: importRefuses,
    },
    async run(body, _query, caller) {
      const { records, dryRun } = parsedJson(shape, body);
      return write(readRecords(kind, records, { today: today(ports) }), dryRun, ports, caller);
    },
  };
}

function writeCsv(kind: RecordKind, ports: RegistryPorts): Operation {
  const query = z.strictObject({
    dryRun: z.enum(["true", "false"]).default("false"),
    encoding: z.enum(encodings).optional(),
  });
  return {
    ...{ id: `import-${kind}`, path: `/api/registry/${kind}/csv`, scope: `${kind}:write` },
    summary: `Adds or changes ${kind} from a CSV file: all of it, or with one bad row nothing`,
    ...{ body: "csv", query, gives: reportSchema, refuses: importRefuses },
    async run(body, asked, caller) {
      const { dryRun, encoding } = parsed(query, asked);
      const batch = readFile(kind, body, { today: today(ports), encoding });
      if (batch.entries.length > apiRecordsMax) {
        const advice = "split the file, or use tebura import";
        throw new TeburaError("USAGE", `at most ${apiRecordsMax} rows at once; ${advice}`);
      }
      return write(batch, dryRun === "true", ports, caller);
    },
  };
}

function findPersons({ registry }: RegistryPorts): Operation {
  const takes = z.strictObject({
    query: personQuerySchema,
    fields: z.array(personFieldSchema).max(personFieldSchema.options.length),
    why: accessReasonSchema,
  });
  const person = personSchema.partial().extend({ id: z.string() });
  return {
    ...{ id: "find-persons", path: "/api/registry/persons/find", scope: "persons:read" },
    summary: "Shows the named fields of whoever fits; who asked and why is written down first",
    ...{ body: "json", takes, gives: z.strictObject({ persons: z.array(person) }) },
    async run(body, _query, caller) {
      const { query, fields, why } = parsedJson(takes, body);
      const persons = await registry.look({ ...caller, why }, query, fields);
      return { status: 200, body: { persons } };
    },
  };
}

function forgetPerson({ forgetter, log }: RegistryPorts): Operation {
  const takes = z.union([z.strictObject({ reference: referenceSchema }), keySchema]);
  const gives = z.strictObject({
    forgotten: z.boolean(),
    consents: z
      .array(keySchema.extend({ endedAt: z.int().nullable() }))
      .describe("what they had agreed to, by the names under which its deletion is proved"),
  });
  return {
    ...{ id: "forget-person", path: "/api/registry/persons/forget", scope: "persons:write" },
    summary:
      "Forgets a person: ends their consents, so that boxes delete, and lets go of what ties others to them and of what their card proved; once more changes nothing",
    ...{ body: "json", takes, gives },
    async run(body, _query, { who }) {
      const { forgotten, consents } = await forgetter.forget(parsedJson(takes, body), who);
      log("registry.forgotten", { source: who, count: forgotten ? 1 : 0 });
      return { status: 200, body: { forgotten, consents } };
    },
  };
}

function showTies(what: Tie, { registry }: RegistryPorts): Operation {
  const { kind, summary } = ties[what];
  const takes = z.strictObject({ reference: referenceSchema, why: accessReasonSchema });
  return {
    ...{ id: `show-${what}`, path: `/api/registry/ties/${what}`, scope: `${kind}:read`, summary },
    ...{ body: "json", takes, gives: z.strictObject({ ties: z.array(recordSchemas[kind]) }) },
    async run(body, _query, caller) {
      const { reference, why } = parsedJson(takes, body);
      const found = await registry.ties({ ...caller, why }, what, reference);
      return { status: 200, body: { ties: found } };
    },
  };
}

function write(batch: Batch, dryRun: boolean, ports: RegistryPorts, { who }: Caller): Answer {
  const report = importBatches(ports.registry, [batch], dryRun);
  for (const { kind, added, changed } of report.batches) {
    const fields = { source: who, path: `/api/registry/${kind}`, count: added + changed };
    if (report.imported) ports.log("registry.imported", fields);
  }
  if (report.imported || dryRun) return { status: 200, body: { ...report } };
  const message = "nothing was imported: the problems below have to be mended first";
  return { status: 422, body: { code: "IMPORT_REFUSED", message, ...report } };
}

function today({ timeZone, clock }: RegistryPorts): string {
  return dayIn(timeZone)(clock.wall());
}

function parsedJson<T>(schema: z.ZodType<T>, body: Uint8Array): T {
  let input: unknown;
  try {
    input = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new TeburaError("USAGE", "the body is not JSON in UTF-8", { cause });
  }
  return parsed(schema, input);
}

function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new TeburaError("USAGE", z.prettifyError(result.error));
}
