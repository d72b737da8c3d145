import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { DataCategory } from "#contract/bodies/medical.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { entry } from "./bus-boarding.ts";
import { Facts, keyOf, type Proof, Proofs, proofIn } from "./proved-decisions.ts";
import type { View } from "./view.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type Opened = Body<"medical.emergency-opened">;
type Shown = Body<"medical.emergency-shown">;
type Told = Body<"medical.notice-given">;
type CrewSaid = Body<"medical.crew-admitted"> | Body<"medical.crew-dismissed">;

/** Why a look-up should not have been opened. A decision that is missing may still be on its way. */
export type EmergencyFlaw =
  | "DECISION_MISSING"
  | "DECISION_WITHOUT_CARD"
  | "DECISION_SPENT"
  | "CREW_SAME_PERSON"
  | "CREW_SAME_CARD"
  | "CREW_NOT_ADMITTED";

export interface EmergencyLookup {
  readonly lookup: EventRef;
  readonly subject: Pseudonym;
  readonly reason: Opened["reason"];
  readonly crew: readonly EventRef[];
  readonly openedAt: WallMs;
  readonly until: WallMs;
  readonly flaw: EmergencyFlaw | null;
  /** Everything that was shown: the kinds of data, never the data. */
  readonly shown: readonly {
    readonly at: WallMs;
    readonly categories: readonly DataCategory[];
    readonly afterEnd: boolean;
  }[];
  readonly noticeDueAt: WallMs;
  /** Empty while the person is owed the notice. */
  readonly told: readonly Pick<Told & { at: WallMs }, "at" | "to" | "by">[];
}

export interface EmergencyView {
  readonly lookups: readonly EmergencyLookup[];
  readonly noticesOwed: readonly {
    readonly lookup: EventRef;
    readonly subject: Pseudonym;
    readonly dueAt: WallMs;
  }[];
  /** Who may be one of two, by the last word on each, and until when; null for who was dismissed. */
  readonly crews: readonly { readonly crew: Pseudonym; readonly until: WallMs | null }[];
  /** Shown on the word of a look-up that nobody opened: on record, and never silently. */
  readonly shownWithoutLookup: readonly EventRef[];
}

export interface EmergencyState {
  readonly proofs: Proofs;
  readonly crew: Facts<CrewSaid>;
  readonly opened: Facts<Opened>;
  readonly shown: Facts<Shown>;
  readonly told: Facts<Told>;
}

/**
 * A crew proves itself with the card alone, as at a counter: a pair of gloves and a mask leave no face,
 * and the pseudonyms of a service for patients are not mixed with those of who treats them.
 */
const crewService = "counter";

/** Who looked up whom that could not be asked, what was shown, and who has yet to be told. */
export function medicalEmergency(): View<EmergencyState, EmergencyView> {
  return {
    name: "medical.emergency",
    empty: () => ({
      ...{ proofs: new Proofs(), crew: new Facts(), opened: new Facts() },
      ...{ shown: new Facts(), told: new Facts() },
    }),
    apply(state, { event }) {
      const { body } = event;
      if (body.type === "medical.crew-admitted") state.crew.add(event, body);
      if (body.type === "medical.crew-dismissed") state.crew.add(event, body);
      if (body.type === "medical.emergency-opened") state.opened.add(event, body);
      if (body.type === "medical.emergency-shown") state.shown.add(event, body);
      if (body.type === "medical.notice-given") state.told.add(event, body);
      const proof = proofIn(event, crewService);
      if (proof) state.proofs.add(proof);
    },
    show(state) {
      const lookups = lookupsIn(state);
      const known = new Set(lookups.map(({ lookup }) => keyOf(lookup)));
      return {
        lookups,
        noticesOwed: lookups
          .filter(({ told }) => told.length === 0)
          .map(({ lookup, subject, noticeDueAt: dueAt }) => ({ lookup, subject, dueAt })),
        crews: crewsIn(state),
        shownWithoutLookup: state.shown
          .inOrder()
          .filter(({ body }) => !known.has(keyOf(body.lookup)))
          .map(({ ref }) => ref),
      };
    },
  };
}

function crewsIn({ crew }: Pick<EmergencyState, "crew">): EmergencyView["crews"] {
  const last = new Map(crew.inOrder().map(({ body }) => [body.crew, body]));
  return [...last.values()].map((body) => ({
    crew: body.crew,
    until: body.type === "medical.crew-admitted" ? body.until : null,
  }));
}

export function lookupsIn(state: EmergencyState): readonly EmergencyLookup[] {
  const shown = new Map<string, { at: WallMs; categories: readonly DataCategory[] }[]>();
  for (const { at, body } of state.shown.inOrder()) {
    entry(shown, keyOf(body.lookup), () => []).push({ at, categories: body.categories });
  }
  const told = new Map<string, Pick<Told & { at: WallMs }, "at" | "to" | "by">[]>();
  for (const { at, body } of state.told.inOrder()) {
    entry(told, keyOf(body.lookup), () => []).push({ at, to: body.to, by: body.by });
  }
  const spent = new Set<string>();
  return state.opened.inOrder().map(({ ref, at, body }): EmergencyLookup => {
    const { subject, reason, crew, until, noticeDueAt } = body;
    const flaw = emergencyFlaw(state, { crew, at }, spent);
    if (flaw === null) for (const decision of crew) spent.add(keyOf(decision));
    return {
      ...{ lookup: ref, subject, reason, crew, openedAt: at, until, flaw, noticeDueAt },
      shown: (shown.get(keyOf(ref)) ?? []).map((one) => ({ ...one, afterEnd: one.at >= until })),
      told: told.get(keyOf(ref)) ?? [],
    };
  });
}

/** Two people of the crew with two cards, both admitted at that time, and each card put down for this. */
export function emergencyFlaw(
  state: Pick<EmergencyState, "proofs" | "crew">,
  { crew, at }: { readonly crew: readonly [EventRef, EventRef]; readonly at: number },
  spent: ReadonlySet<string>,
): EmergencyFlaw | null {
  const proofs: Proof[] = [];
  for (const decision of crew) {
    const proof = state.proofs.get(decision);
    if (!proof) return "DECISION_MISSING";
    if (proof.card === undefined) return "DECISION_WITHOUT_CARD";
    proofs.push(proof);
  }
  const [one, other] = proofs;
  if (one?.person === other?.person) return "CREW_SAME_PERSON";
  if (one?.card === other?.card) return "CREW_SAME_CARD";
  if (!proofs.every(({ person }) => isCrew(state, person, at))) return "CREW_NOT_ADMITTED";
  return crew.some((decision) => spent.has(keyOf(decision))) ? "DECISION_SPENT" : null;
}

function isCrew({ crew }: Pick<EmergencyState, "crew">, person: Pseudonym, at: number): boolean {
  const last = crew.inOrder().findLast((said) => said.body.crew === person && said.at <= at);
  return last?.body.type === "medical.crew-admitted" && at < last.body.until;
}
