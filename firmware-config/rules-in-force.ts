import type { Service } from "#contract/services.ts";
import { type BusRules, busRulesAt } from "./bus.ts";
import type { CityRules } from "./city-rules.ts";
import { inForceAt } from "./dated.ts";
import { type FareTable, faresOn } from "./fares.ts";
import type { MedicalRules } from "./medical.ts";
import type { PaymentRules } from "./payment.ts";
import type { SchoolRules } from "./school.ts";
import { endOf } from "./service-terms.ts";
import { type TaxiTerms, taxiTermsOn } from "./taxi.ts";
import type { TicketRules } from "./tickets.ts";

/** The rows of a city's rules that a service goes by at one moment. */
export interface RulesInForce {
  /** When the service ends, ISO 8601 in UTC; null where nobody has decided an end. */
  readonly endsAt: string | null;
  readonly bus?: { readonly rules: BusRules; readonly fares: FareTable | null };
  readonly taxi?: TaxiTerms | null;
  readonly payment?: PaymentRules[number];
  readonly tickets?: TicketRules[number];
  readonly medical?: MedicalRules[number];
  readonly school?: SchoolRules[number];
}

/** `dayOf` gives the local day of a moment, as 2026-04-01: fares and taxi terms change with the day. */
export function rulesInForce(
  rules: CityRules,
  service: Service,
  at: number,
  dayOf: (at: number) => string,
): RulesInForce {
  const end = endOf(rules.serviceTerms, service, at);
  const endsAt = end === null ? null : new Date(end).toISOString();
  switch (service) {
    case "bus.boarding": {
      const fares = faresOn(rules.bus.fares, dayOf(at)) ?? null;
      return { endsAt, bus: { rules: busRulesAt(rules.bus.rules, at), fares } };
    }
    case "taxi.subsidised-ride":
      return { endsAt, taxi: taxiTermsOn(rules.taxi, dayOf(at)) ?? null };
    case "payment":
      return { endsAt, payment: inForceAt(rules.payment, at) };
    case "event.entry":
      return { endsAt, tickets: inForceAt(rules.tickets, at) };
    case "medical.reception":
      return { endsAt, medical: inForceAt(rules.medical, at) };
    case "school.attendance":
    case "school.route-watch":
      return { endsAt, school: inForceAt(rules.school, at) };
    default:
      return { endsAt };
  }
}
