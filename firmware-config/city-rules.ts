import * as z from "zod";
import { type BusConfig, busSectionSchema, defaultBusConfig } from "./bus.ts";
import { laidOver } from "./dated.ts";
import { defaultMedicalRules, type MedicalRules, medicalRulesSchema } from "./medical.ts";
import { defaultPaymentRules, type PaymentRules, paymentRulesSchema } from "./payment.ts";
import { defaultSchoolRules, type SchoolRules, schoolRulesSchema } from "./school.ts";
import { defaultServiceTerms, type ServiceTerms, serviceTermsSchema } from "./service-terms.ts";
import { defaultTaxiTerms, type TaxiTermsTable, taxiTermsTableSchema } from "./taxi.ts";
import { defaultTicketRules, type TicketRules, ticketRulesSchema } from "./tickets.ts";

/** What a city sets beside the methods: each section a table by date. What is left out is what ships. */
export const ruleSectionsSchema = z.strictObject({
  bus: busSectionSchema.optional(),
  taxi: taxiTermsTableSchema.min(1).optional(),
  payment: paymentRulesSchema.optional(),
  tickets: ticketRulesSchema.optional(),
  medical: medicalRulesSchema.optional(),
  /** Route watch's keep time and the notices to guardians. */
  school: schoolRulesSchema.optional(),
  /** When services end, such as a trial's. */
  serviceTerms: serviceTermsSchema.optional(),
});
export type RuleSections = Readonly<z.infer<typeof ruleSectionsSchema>>;

/** Every quota, amount, area and date by which services go, for every moment. */
export interface CityRules {
  readonly bus: BusConfig;
  readonly taxi: TaxiTermsTable;
  readonly payment: PaymentRules;
  readonly tickets: TicketRules;
  readonly medical: MedicalRules;
  readonly school: SchoolRules;
  readonly serviceTerms: ServiceTerms;
}

/** What holds where nobody has set anything. */
export const shippedRules: CityRules = {
  bus: defaultBusConfig,
  taxi: defaultTaxiTerms,
  payment: defaultPaymentRules,
  tickets: defaultTicketRules,
  medical: defaultMedicalRules,
  school: defaultSchoolRules,
  serviceTerms: defaultServiceTerms,
};

/**
 * The rules that sections make. Before the first row of a section what ships was in force; a section that
 * is not named is that of `under`.
 */
export function rulesOf(named: RuleSections, under: CityRules = shippedRules): CityRules {
  const { bus, taxi, payment, tickets, medical, school, serviceTerms } = named;
  return {
    bus: bus ?? under.bus,
    taxi: taxi ? laidOver(defaultTaxiTerms, taxi) : under.taxi,
    payment: payment ? laidOver(defaultPaymentRules, payment) : under.payment,
    tickets: tickets ? laidOver(defaultTicketRules, tickets) : under.tickets,
    medical: medical ? laidOver(defaultMedicalRules, medical) : under.medical,
    school: school ? laidOver(defaultSchoolRules, school) : under.school,
    serviceTerms: serviceTerms ?? under.serviceTerms,
  };
}

/** Rules that are read anew at each look: a city may sign others while a service runs. */
export function followed(current: () => CityRules): CityRules {
  return {
    get bus() {
      return current().bus;
    },
    get taxi() {
      return current().taxi;
    },
    get payment() {
      return current().payment;
    },
    get tickets() {
      return current().tickets;
    },
    get medical() {
      return current().medical;
    },
    get school() {
      return current().school;
    },
    get serviceTerms() {
      return current().serviceTerms;
    },
  };
}
