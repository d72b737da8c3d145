import type { Hono } from "hono";
import * as z from "zod";
import { serviceSchema } from "#contract/services.ts";
import { explainPolicy } from "#firmware-config/policy-explain.ts";
import { policyFileSchema } from "#firmware-config/policy-file.ts";
import type { PolicyTable } from "#firmware-config/policy-table.ts";
import { rulesInForce } from "#firmware-config/rules-in-force.ts";
import type { Clock } from "#runtime/clock.ts";
import { refusal } from "../desk/answer.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Policies } from "../policy/policies.ts";
import { simulatePolicy } from "../policy/simulate.ts";
import { simulateRules } from "../policy/simulate-rules.ts";
import { dayIn } from "../views/view.ts";
import type { Authorised } from "./authorise.ts";
import { type DeskRoutePorts, DeskRoutes } from "./desk-routes.ts";

export interface PolicyRoutePorts extends DeskRoutePorts {
  readonly clock: Pick<Clock, "wall">;
  readonly ledger: Pick<Ledger, "after" | "count">;
  readonly policies: Pick<Policies, "book" | "table" | "rules" | "under">;
  readonly timeZone: string;
  /** Whether a verifier of phones' signatures is plugged in. */
  readonly verifiesPhones: boolean;
}

const explainSchema = z.strictObject({
  service: serviceSchema,
  amount: z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .optional(),
  at: z.iso.datetime({ offset: true }).optional(),
});
const simulateSchema = z.strictObject({ policy: policyFileSchema });
/** `tebura policy simulate` goes through all of a ledger; a page waits for no more than this. */
const simulatedEntriesMax = 200_000;

/** The policy for a console: what is in force, what it would ask and why, and what another would change. */
export function createPolicyRoutes({
  guards,
  clock,
  ledger,
  policies,
  timeZone,
  verifiesPhones,
}: PolicyRoutePorts): Hono<Authorised> {
  const routes = new DeskRoutes({ guards });
  const { book } = policies;
  const dayOf = dayIn(timeZone);
  routes.get("/api/policy", z.strictObject({}), (_, context) => {
    const newest = book.newest();
    return context.json({
      ...{ version: newest?.version ?? null, signedAt: newest?.signedAt ?? null },
      ...{ versions: book.list(), table: shownTable(policies.table), rules: policies.rules },
    });
  });
  routes.get("/api/policy/explain", explainSchema, ({ service, amount, at }, context) => {
    const when = at === undefined ? clock.wall() : Date.parse(at);
    return context.json({
      ...explainPolicy(policies.table, { service, at: when, amountYen: amount, verifiesPhones }),
      rules: rulesInForce(policies.rules, service, when, dayOf),
    });
  });
  addSimulation(routes, { ledger, policies, timeZone });
  return routes.app;
}

/** One at a time for everybody together: each reads much of the ledger. */
function addSimulation(
  routes: DeskRoutes,
  { ledger, policies, timeZone }: Pick<PolicyRoutePorts, "ledger" | "policies" | "timeZone">,
): void {
  let isRunning = false;
  routes.post(
    "/api/policy/simulate",
    simulateSchema,
    async ({ policy }) => {
      if (isRunning)
        return refusal("RATE_LIMITED", "another simulation runs; come again in a minute");
      isRunning = true;
      try {
        const tables = { now: policies.table, changed: policy.table };
        const rules = { now: policies.rules, changed: policies.under(policy) };
        // Quotas count a year: what a part of the ledger came to would be no answer.
        const isWhole = ledger.count <= simulatedEntriesMax;
        return {
          ok: true,
          ...(await simulatePolicy(ledger, tables, { entriesMax: simulatedEntriesMax })),
          rules: policy.sections && isWhole ? await simulateRules(ledger, rules, timeZone) : null,
        };
      } finally {
        isRunning = false;
      }
    },
    "read",
  );
}

/** Each row with its versions, and null for the moment before which nothing else held. */
function shownTable(table: PolicyTable) {
  return Object.fromEntries(
    Object.entries(table).map(([service, versions]) => [
      service,
      versions.map(({ from, policy }) => ({
        validFrom: Number.isFinite(from) ? new Date(from).toISOString() : null,
        policy,
      })),
    ]),
  );
}
