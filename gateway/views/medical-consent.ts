import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { DataCategory } from "#contract/bodies/medical.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { entry } from "./bus-boarding.ts";
import { type Fact, Facts, keyOf, Places, Proofs, proofIn } from "./proved-decisions.ts";
import type { View } from "./view.ts";

type Given = Extract<EventBody, { type: "medical.consent-given" }>;
type Withdrawn = Extract<EventBody, { type: "medical.consent-withdrawn" }>;

/** Why a consent is none. A decision that is missing may still be on its way from its box. */
export type ConsentFlaw =
  | "DECISION_MISSING"
  | "DECISION_WITHOUT_CARD"
  | "DECISION_OTHER_PERSON"
  | "DECISION_OTHER_PLACE"
  | "DECISION_SPENT";

export interface Consent {
  readonly consent: EventRef;
  readonly person: Pseudonym;
  readonly clinic: string;
  readonly categories: readonly DataCategory[];
  readonly signed: EventRef;
  readonly at: WallMs;
  readonly until: WallMs;
  readonly withdrawnAt: WallMs | null;
  readonly flaw: ConsentFlaw | null;
}

export interface ConsentState {
  readonly places: Places;
  readonly proofs: Proofs;
  readonly given: Facts<Given>;
  readonly byDecision: Map<string, Facts<Given>>;
  readonly byPerson: Map<Pseudonym, Facts<Given>>;
  readonly withdrawn: Map<string, Facts<Withdrawn>>;
}

/** Who lets which clinic look at what, each signed by the person's own card. */
export function medicalConsent(): View<ConsentState, { readonly consents: readonly Consent[] }> {
  return {
    name: "medical.consent",
    empty: () => ({
      places: new Places("medical.reception"),
      proofs: new Proofs(),
      given: new Facts(),
      ...{ byDecision: new Map(), byPerson: new Map(), withdrawn: new Map() },
    }),
    apply(state, { event }) {
      const { body } = event;
      state.places.apply(event);
      if (body.type === "medical.consent-given") {
        state.given.add(event, body);
        factsOf(state.byDecision, keyOf(body.signed)).add(event, body);
        factsOf(state.byPerson, body.person).add(event, body);
      }
      if (body.type === "medical.consent-withdrawn") {
        factsOf(state.withdrawn, keyOf(body.consent)).add(event, body);
      }
      const proof = proofIn(event, "medical.reception");
      if (proof) state.proofs.add(proof);
    },
    show: (state) => ({ consents: consentsIn(state) }),
  };
}

export function consentsIn(state: ConsentState): readonly Consent[] {
  return state.given.inOrder().map((fact) => consentOf(state, fact));
}

export function hasConsent({ given }: ConsentState, consent: EventRef): boolean {
  const key = keyOf(consent);
  return given.inOrder().some(({ ref }) => keyOf(ref) === key);
}

function consentOf(state: ConsentState, { ref, at, body }: Fact<Given>): Consent {
  const { type: _, ...said } = body;
  const withdrawnAt = state.withdrawn.get(keyOf(ref))?.inOrder()[0]?.at ?? null;
  return { consent: ref, at, ...said, withdrawnAt, flaw: consentFlaw(state, body, ref) };
}

/**
 * Why a consent would not count, or does not count as the event `self`. One signature carries one
 * consent: the first that it fits.
 */
export function consentFlaw(
  state: ConsentState,
  body: Omit<Given, "type" | "until" | "categories">,
  self?: EventRef,
): ConsentFlaw | null {
  const flaw = unsigned(state, body);
  if (flaw) return flaw;
  const same = state.byDecision.get(keyOf(body.signed))?.inOrder() ?? [];
  const first = same.find((fact) => unsigned(state, fact.body) === null);
  return first && (!self || keyOf(first.ref) !== keyOf(self)) ? "DECISION_SPENT" : null;
}

function unsigned(
  { proofs, places }: ConsentState,
  { person, clinic, signed }: Omit<Given, "type" | "until" | "categories">,
): ConsentFlaw | null {
  const proof = proofs.get(signed);
  if (!proof) return "DECISION_MISSING";
  if (!proof.factors.includes("card")) return "DECISION_WITHOUT_CARD";
  if (proof.person !== person) return "DECISION_OTHER_PERSON";
  return places.of(signed.device, proof.at) === clinic ? null : "DECISION_OTHER_PLACE";
}

/** What lets anybody look at something of a person, or might once its decision arrives. */
export function unendedConsents(
  state: ConsentState,
  person: Pseudonym,
  now: WallMs,
): readonly EventRef[] {
  const facts = state.byPerson.get(person)?.inOrder() ?? [];
  return facts
    .map((fact) => consentOf(state, fact))
    .filter(({ until, withdrawnAt }) => now < until && withdrawnAt === null)
    .map(({ consent }) => consent);
}

/** Whether the clinic may look at this of the person at that time. */
export function mayLook(
  state: ConsentState,
  asked: { readonly person: Pseudonym; readonly clinic: string; readonly category: DataCategory },
  now: number,
): boolean {
  const facts = state.byPerson.get(asked.person)?.inOrder() ?? [];
  return facts
    .map((fact) => consentOf(state, fact))
    .some(
      ({ clinic, categories, at, until, withdrawnAt, flaw }) =>
        flaw === null &&
        clinic === asked.clinic &&
        categories.includes(asked.category) &&
        at <= now &&
        now < until &&
        (withdrawnAt === null || now < withdrawnAt),
    );
}

const factsOf = <Key, Body>(map: Map<Key, Facts<Body>>, key: Key): Facts<Body> =>
  entry(map, key, () => new Facts<Body>());
