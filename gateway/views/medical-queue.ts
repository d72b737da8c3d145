import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { entry, sorted } from "./bus-boarding.ts";
import { type Fact, Facts, keyOf, Places, proofIn } from "./proved-decisions.ts";
import type { View } from "./view.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type Progress = Body<"medical.called"> | Body<"medical.visit-ended">;

/** Somebody who came. Where a box stood is not known before the last event is read. */
interface Seen {
  readonly day: string;
  readonly person: Pseudonym | null;
  readonly clinic?: PlaceId;
  readonly by: "face-and-card" | Body<"medical.received-by-hand">["why"];
}

export interface Visit {
  /** The place in the clinic's queue of that day, by time. One who was offline can still come in between. */
  readonly number: number;
  /** What the box or the desk told the person: counted there alone, so it never changes. */
  readonly slip: string;
  readonly visit: EventRef;
  readonly person: Pseudonym | null;
  readonly at: WallMs;
  readonly by: Seen["by"];
  readonly state: "waiting" | "called" | "seen" | "left" | "mistake";
}

export interface MedicalQueue {
  /** Newest day first; a clinic is null while nobody said where the box stands. */
  readonly days: readonly {
    readonly day: string;
    readonly clinics: readonly { readonly clinic: string | null; readonly visits: Visit[] }[];
  }[];
  /** Admitted on one factor alone: they have no number, and somebody should look after them. */
  readonly incomplete: readonly {
    readonly decision: EventRef;
    readonly at: WallMs;
    readonly clinic: string | null;
    readonly has: readonly string[];
  }[];
}

export interface QueueState {
  readonly places: Places;
  readonly visits: Set<string>;
  readonly arrived: Facts<Seen>;
  readonly alone: Facts<readonly string[]>;
  readonly progress: Facts<Progress>;
}

/** Who waits in which clinic: face and card together, in one event, or a clerk's word. */
export function medicalQueue(dayOf: (at: number) => string): View<QueueState, MedicalQueue> {
  return {
    name: "medical.reception",
    empty: () => ({
      places: new Places("medical.reception"),
      visits: new Set(),
      arrived: new Facts(),
      alone: new Facts(),
      progress: new Facts(),
    }),
    apply(state, { event }) {
      const { body } = event;
      state.places.apply(event);
      if (body.type === "medical.received-by-hand") {
        const { clinic, person, why: by } = body;
        arrive(state, event, { day: dayOf(event.at), clinic, person: person ?? null, by });
      }
      if (body.type === "medical.called") state.progress.add(event, body);
      if (body.type === "medical.visit-ended") state.progress.add(event, body);
      const proof = proofIn(event, "medical.reception");
      if (!proof) return;
      const both = proof.factors.includes("face") && proof.factors.includes("card");
      if (both) {
        const { person } = proof;
        arrive(state, event, { day: dayOf(event.at), person, by: "face-and-card" });
      } else state.alone.add(event, proof.factors);
    },
    show: (state) => ({ days: daysOf(state), incomplete: incompleteOf(state) }),
  };
}

/** What of the queue is of these clinics; a box of which nobody said where it stands is of none. */
export function queueOfClinics(
  { days, incomplete }: MedicalQueue,
  clinics: readonly string[],
): MedicalQueue {
  const isTheirs = ({ clinic }: { readonly clinic: string | null }) =>
    clinic !== null && clinics.includes(clinic);
  return {
    days: days.map(({ day, clinics: all }) => ({ day, clinics: all.filter(isTheirs) })),
    incomplete: incomplete.filter(isTheirs),
  };
}

/** In which clinic a visit is, as far as anybody has said. */
export function clinicOf({ days }: MedicalQueue, visit: EventRef): string | null | undefined {
  const key = keyOf(visit);
  return days
    .flatMap(({ clinics }) => clinics)
    .find(({ visits }) => visits.some((one) => keyOf(one.visit) === key))?.clinic;
}

/** Whether this event put somebody into a queue. */
export const holdsVisit = ({ visits }: QueueState, visit: EventRef): boolean =>
  visits.has(keyOf(visit));

function arrive(state: QueueState, event: Event, seen: Seen): void {
  state.arrived.add(event, seen);
  state.visits.add(keyOf(event));
}

function incompleteOf({ alone, places }: QueueState): MedicalQueue["incomplete"] {
  return alone.inOrder().map(({ ref, at, body }) => ({
    ...{ decision: ref, at, clinic: places.of(ref.device, at), has: body },
  }));
}

function daysOf(state: QueueState): MedicalQueue["days"] {
  const progress = progressOf(state);
  const days = new Map<string, Map<string, Fact<Seen>[]>>();
  for (const fact of state.arrived.inOrder()) {
    const clinic = fact.body.clinic ?? state.places.of(fact.ref.device, fact.at) ?? "";
    const clinics = entry(days, fact.body.day, () => new Map<string, Fact<Seen>[]>());
    entry(clinics, clinic, () => []).push(fact);
  }
  return sorted(days)
    .reverse()
    .map(([day, clinics]) => ({
      day,
      clinics: sorted(clinics).map(([clinic, arrivals]) => ({
        clinic: clinic === "" ? null : clinic,
        visits: numbered(arrivals, progress),
      })),
    }));
}

/** Somebody who taps again while still in the queue keeps their first number. */
function numbered(
  arrivals: readonly Fact<Seen>[],
  progress: ReadonlyMap<string, Progressed>,
): Visit[] {
  const slipOf = slipsOf(arrivals);
  const inQueue = new Map<Pseudonym, Progressed | undefined>();
  const visits: Visit[] = [];
  for (const { ref, at, body } of arrivals) {
    const { person, by } = body;
    if (person !== null && inQueue.has(person)) {
      const endedAt = inQueue.get(person)?.endedAt;
      if (endedAt === undefined || endedAt > at) continue;
    }
    const key = keyOf(ref);
    if (person !== null) inQueue.set(person, progress.get(key));
    visits.push({
      ...{ number: visits.length + 1, slip: slipOf.get(key) ?? "", visit: ref, person, at, by },
      state: progress.get(key)?.state ?? "waiting",
    });
  }
  return visits;
}

/**
 * By the box's own numbering, which is the order in which it really told them. A box knows nothing of a clinic's
 * calls: whoever comes again that day is told their first slip, seen meanwhile or not.
 */
function slipsOf(arrivals: readonly Fact<Seen>[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  const firsts = new Map<string, string>();
  const slips = new Map<string, string>();
  for (const { ref, body } of [...arrivals].sort((a, b) => a.ref.sequence - b.ref.sequence)) {
    const count = (counts.get(ref.device) ?? 0) + 1;
    counts.set(ref.device, count);
    const own = `${ref.device}-${count}`;
    const slip =
      body.person === null ? own : entry(firsts, `${ref.device} ${body.person}`, () => own);
    slips.set(keyOf(ref), slip);
  }
  return slips;
}

interface Progressed {
  readonly state: Visit["state"];
  readonly endedAt?: WallMs;
}

function progressOf({ progress }: QueueState): ReadonlyMap<string, Progressed> {
  const states = new Map<string, Progressed>();
  for (const { at, body } of progress.inOrder()) {
    const key = keyOf(body.visit);
    if (states.get(key)?.endedAt !== undefined) continue;
    if (body.type === "medical.visit-ended") states.set(key, { state: body.how, endedAt: at });
    else states.set(key, { state: "called" });
  }
  return states;
}
