import type { Service } from "#contract/services.ts";
import type { CardRules, FaceRules, ServicePolicy } from "./policy.ts";

const card: CardRules = { factor: "pin", unknownCard: "refuse", waitSeconds: 30 };
const deskCard: CardRules = { ...card, waitSeconds: 60 };

const face: FaceRules = {
  falsePositiveIdentificationRateMax: 0.005,
  likelyRateMax: 0.1,
  marginMin: 0.015,
  lookAlikeMarginMin: 0.03,
  liveness: "not-required",
};
const asksWhenInDoubt = { whenUnsure: "ask-card", whenUnknown: "ask-card" } as const;
const refusesInDoubt = { whenUnsure: "refuse", whenUnknown: "refuse" } as const;

/**
 * The table that ships. Each row leans its own safe way: a bus asks for the card when unsure, a
 * school leaves an arrival unconfirmed, a shelter turns nobody away.
 */
export const defaultPolicyTable: Readonly<Record<Service, ServicePolicy>> = {
  "bus.boarding": {
    ...{ method: "face", ...face, whenUnsure: "ask-card", whenUnknown: "refuse", card },
    ...{ falsePositiveIdentificationRateMax: 0.01, marginMin: 0.01 },
  },
  "school.attendance": { method: "face", ...face, ...refusesInDoubt, card },
  "shelter.check-in": {
    ...{ method: "face", ...face, ...asksWhenInDoubt },
    falsePositiveIdentificationRateMax: 0.001,
    // Nobody is turned away from a shelter because a disk is full.
    whenUnrecordable: "go-on",
    // Whoever comes is counted, known or not.
    card: { ...deskCard, unknownCard: "register" },
  },
  // A sighting is a message to a guardian and opens nothing: in doubt there is none.
  "school.route-watch": { method: "face", ...face, ...refusesInDoubt, card },
  "taxi.subsidised-ride": { method: "face", ...face, ...asksWhenInDoubt, card },
  "medical.reception": { method: "face+card", ...face, card: deskCard },
  // Bought with a card, and shown by the face of whoever's card it was.
  "event.entry": {
    ...{ method: "ticket", ...face, ...asksWhenInDoubt, card },
    purchase: { method: "card", card: deskCard },
  },
  payment: {
    ...{ method: "tiers", ...face, ...asksWhenInDoubt, card },
    ...{ falsePositiveIdentificationRateMax: 0.001, marginMin: 0.02 },
    atEdge: "stronger",
    tiers: [
      { upToYen: 100_000, method: "face" },
      { upToYen: 500_000, method: "phone" },
      { upToYen: null, method: "face+phone" },
    ],
  },
  counter: { method: "card", card: deskCard },
  "shelter.identity-check": { method: "card", card: deskCard },
  // The card of an employee or a member, held in a phone.
  "member.card": { method: "phone", card },
  "site.login": { method: "phone", card },
  "company.identity-check": { method: "face+phone", ...face, card },
};
