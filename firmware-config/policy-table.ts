import * as z from "zod";
import { TeburaError } from "#contract/errors.ts";
import { type Service, serviceNames, serviceSchema } from "#contract/services.ts";
import { type ServicePolicy, servicePolicySchema } from "./policy.ts";
import { defaultPolicyTable } from "./policy-default.ts";

export { defaultPolicyTable };

/** A row as it is from a moment on, given with its offset so that no two readers mean different midnights. */
const datedSchema = z.strictObject({
  validFrom: z.iso.datetime({ offset: true }),
  policy: servicePolicySchema,
});
const versionsSchema = z
  .array(datedSchema)
  .min(1)
  .max(100)
  .refine((versions) => areAscending(versions.map(({ validFrom }) => Date.parse(validFrom))), {
    error: "the versions of a row must ascend in validFrom, no two from the same moment",
  });

/** One version of a row; `from` in milliseconds since 1970, or minus infinity for what always held. */
export interface PolicyVersion {
  readonly from: number;
  readonly policy: ServicePolicy;
}

/** Every service's row as its versions, oldest first. The first one always holds until the second does. */
export type PolicyTable = Readonly<Record<Service, readonly PolicyVersion[]>>;

const ever = Number.NEGATIVE_INFINITY;

/**
 * What a file may say: of each row that it changes, the policy as it is, or its versions by date. A row
 * that is not named is the default; before the first date of a dated row, the default held.
 */
export const policyRowSchema = z.union([servicePolicySchema, versionsSchema]);
export const policyRowsSchema = z.partialRecord(serviceSchema, policyRowSchema);
export type PolicyRows = Readonly<z.infer<typeof policyRowsSchema>>;

/** Every service has a row: a file names the rows that it changes, and the others are the default. */
export const policyTableSchema = policyRowsSchema.transform(tableOf);

/** The table that rows make together with the defaults. */
export function tableOf(rows: PolicyRows): PolicyTable {
  const entries = serviceNames.map((service) => [service, versionsOf(service, rows[service])]);
  return Object.fromEntries(entries) as Record<Service, readonly PolicyVersion[]>;
}

function versionsOf(service: Service, row: PolicyRows[Service]): readonly PolicyVersion[] {
  const always = { from: ever, policy: defaultPolicyTable[service] };
  if (row === undefined) return [always];
  if (!Array.isArray(row)) return [{ from: ever, policy: row as ServicePolicy }];
  const dated = row.map(({ validFrom, policy }) => ({ from: Date.parse(validFrom), policy }));
  return [always, ...dated];
}

/** The row of a service that is in force at a moment, in milliseconds since 1970: the newest begun. */
export function policyAt(table: PolicyTable, service: Service, at: number): ServicePolicy {
  return versionAt(table, service, at).policy;
}

/** The same with the moment from which it holds. */
export function versionAt(table: PolicyTable, service: Service, at: number): PolicyVersion {
  const version = table[service].findLast(({ from }) => from <= at) ?? table[service][0];
  if (version) return version;
  throw new TeburaError("UNREACHABLE", `the row of ${service} has no version`);
}

function areAscending(moments: readonly number[]): boolean {
  return moments.every((moment, index) => index === 0 || moment > (moments[index - 1] ?? moment));
}

/** Reads a service's name as somebody typed it. Throws SERVICE_UNKNOWN and lists those there are. */
export function parseService(name: string): Service {
  const service = serviceNames.find((known) => known === name);
  if (service) return service;
  throw new TeburaError(
    "SERVICE_UNKNOWN",
    `there is no service ${JSON.stringify(name)}; the services are ${serviceNames.join(", ")}`,
  );
}
