import * as z from "zod";
import { taxiNumberSchema } from "#contract/bodies/taxi.ts";
import type { Scope } from "../api/api-keys.ts";

/** Every kind of work at the gateway, with what it needs and nothing more. */
const rolesTable = {
  /** Keeps boxes and the gateway running: sees that things work, and nobody's data. */
  operator: [
    ...["events:read", "devices:read", "ledger:read", "quarantine:read", "policy:read"],
    ...["metrics:read", "places:write", "galleries:read", "galleries:write"],
  ],
  /** A school's office and teachers. */
  school: ["school:read", "school:write", "classes:read", "guardians:read", "protected:read"],
  /** A shelter's desk. */
  shelter: ["shelter:read", "shelter:write", "protected:read"],
  /** A bus or taxi company's office. */
  transport: ["bus:read", "bus:write", "taxi:read", "taxi:write"],
  /** A clinic's reception. */
  clinic: ["medical:read", "medical:write"],
  /** A box office. */
  tickets: ["tickets:read", "tickets:write"],
  /** Whoever settles payments with merchants. */
  payment: ["payment:read", "payment:write"],
  /** Checks what was recorded, and changes nothing. */
  auditor: [
    ...["events:read", "devices:read", "ledger:read", "quarantine:read", "policy:read"],
    ...["audit:read", "galleries:read"],
  ],
  /** Says who works here, and keeps the registry of people. */
  administrator: [
    ...["devices:read", "policy:read", "audit:read", "own-data:read", "places:write"],
    ...["persons:read", "persons:write", "classes:read", "classes:write"],
    ...["households:read", "households:write", "guardians:read", "guardians:write"],
    ...["entitlements:read", "entitlements:write", "consents:read", "consents:write"],
    "protected:read",
  ],
} as const satisfies Record<string, readonly Scope[]>;

export const roleSchema = z.enum(
  Object.keys(rolesTable) as [keyof typeof rolesTable, ...(keyof typeof rolesTable)[]],
);
export type Role = z.infer<typeof roleSchema>;
export const roles: readonly Role[] = roleSchema.options;

/** A role, and the places where it holds: a school, shelter, clinic or vehicle company by its id. */
export const grantSchema = z.strictObject({
  role: roleSchema,
  /** Null for everywhere. Every place's id is written like a taxi company's number, which may have capitals. */
  sites: z.array(taxiNumberSchema).min(1).max(40).nullable(),
});
export type Grant = Readonly<z.infer<typeof grantSchema>>;
export const grantsSchema = z
  .array(grantSchema)
  .min(1)
  .max(roles.length)
  .refine((grants) => new Set(grants.map(({ role }) => role)).size === grants.length, {
    message: "a role is given once, with all its sites",
  });

/** What the grants open, each thing once. */
export function scopesOf(grants: readonly Grant[]): readonly Scope[] {
  return [...new Set(grants.flatMap(({ role }): readonly Scope[] => rolesTable[role]))];
}

/**
 * Where the grants open a scope: undefined for everywhere, an empty list for nowhere. A role that does
 * not hold the scope lends it no site.
 */
export function sitesFor(grants: readonly Grant[], scope: Scope): readonly string[] | undefined {
  const holding = grants.filter(({ role }) =>
    (rolesTable[role] as readonly Scope[]).includes(scope),
  );
  if (holding.some(({ sites }) => sites === null)) return undefined;
  return [...new Set(holding.flatMap(({ sites }) => sites ?? []))];
}

/** What the grants open at some sites only: whatever is of the whole city is closed there. */
export function boundScopesOf(grants: readonly Grant[]): readonly Scope[] {
  return scopesOf(grants).filter((scope) => sitesFor(grants, scope) !== undefined);
}

/** Who may say who works here: an administrator of everything. */
export function mayManageStaff(grants: readonly Grant[]): boolean {
  return grants.some(({ role, sites }) => role === "administrator" && sites === null);
}
