import type { KeyObject } from "node:crypto";
import { sealSheet } from "#contract/box-lists.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { entry } from "#contract/maps.ts";
import { type ShelterCheckIn, type ShelterState, shownShelters } from "#contract/shelter/fold.ts";
import { describedFields } from "#contract/shelter/people.ts";
import type { Fact } from "#contract/shelter/stay.ts";
import { type Told, toldOfSheetMax } from "#contract/shelter/told.ts";
import type { ListSource, SealedList } from "./list-source.ts";
import { timedList } from "./timed-list.ts";

const hourMs = 3_600_000;
/** A fact does not run out; the list is said again now and then all the same. */
const lifeMs = 14 * 24 * hourMs;
/** Whoever left a shelter longer ago than this is nobody that its clerk looks for. */
const leftMsMax = 72 * hourMs;
/** In a crowded hour every minute brings somebody: their list goes out again only so often. */
const lookAgainMs = 10_000;

/** What is known of the people of each shelter, made once for each change. */
interface Known {
  readonly shown: ShelterCheckIn;
  readonly byShelter: ReadonlyMap<string, readonly Told[]>;
}

/**
 * What a shelter's box cannot know from itself: who was sent here or away, what a desk or another box said
 * of people here, their households. Pseudonyms only; what the box reported itself it has already.
 */
export function shelterList(state: () => ShelterState, privateKey: KeyObject): ListSource {
  let known: Known | undefined;
  const rowsFor = (device: DeviceId, now: WallMs): readonly Told[] | undefined => {
    const { shelter } = state().sites.doorOf(device, now);
    if (shelter === null) return undefined;
    const shown = shownShelters(state());
    if (known?.shown !== shown) known = { shown, byShelter: toldByShelter(state(), shown) };
    const rows = known.byShelter.get(shelter) ?? [];
    return [...sitesOf(shown), ...rows.filter((row) => row.is === "site" || row.device !== device)];
  };
  const list = timedList<Told>({
    name: "shelter-people",
    rowsOfSheetMax: toldOfSheetMax,
    contentFor: (device, now) => {
      const rows = rowsFor(device, now);
      return rows && { rows, lifeMs };
    },
    seal: async ({ rows, ...fields }) =>
      await sealSheet(
        { name: "shelter-people", sheet: { ...fields, told: [...rows] } },
        privateKey,
      ),
  });
  return unhurried(list);
}

/** The same list, looked at again only so often for each box. */
export function unhurried(list: ListSource): ListSource {
  const lately = new Map<
    DeviceId,
    { readonly at: WallMs; readonly list: SealedList | undefined }
  >();
  return {
    name: list.name,
    async current(device, held, now) {
      const last = lately.get(device);
      if (last && Math.abs(now - last.at) < lookAgainMs) return last.list;
      const made = await list.current(device, held, now);
      lately.set(device, { at: now, list: made });
      return made;
    },
  };
}

const sitesOf = ({ shelters }: ShelterCheckIn): readonly Told[] =>
  shelters.map(({ shelter, label }) => ({ is: "site", shelter, label }));

function toldByShelter(state: ShelterState, shown: ShelterCheckIn): ReadonlyMap<string, Told[]> {
  const byShelter = new Map<string, Told[]>();
  const since = state.asOf - leftMsMax;
  const isLate = ({ at }: { readonly at: WallMs }) => at >= since;
  for (const { entries } of [...shown.present, ...shown.left.filter(isLate)]) {
    const facts = state.people.factsOf(entries);
    const moves = facts.flatMap((fact) => moveOf(state, fact));
    const rows = [...moves, ...wordsOf(state, entries)];
    for (const shelter of new Set(moves.flatMap(placesOf))) {
      entry(byShelter, shelter, () => []).push(...rows);
    }
  }
  return byShelter;
}

/** A sighting tells where its box stood then. A face that a box was unsure of is that box's own matter. */
function moveOf(
  state: ShelterState,
  { person, at, device, sequence, kind }: Fact,
): readonly Move[] {
  const place = { person, at, device, sequence };
  if (kind.is !== "seen") return [{ ...place, ...kind }];
  const { shelter, door } = state.sites.doorOf(device, at);
  if (!kind.sure || shelter === null) return [];
  if (door === "exit") return [{ ...place, is: "out", shelter, reason: "exit" }];
  return [{ ...place, is: "in", shelter, means: kind.means }];
}

type Move = Extract<Told, { is: "in" | "out" | "transfer" }>;
const placesOf = (move: Move) => (move.is === "transfer" ? [move.from, move.to] : [move.shelter]);

/** What was last said of each entry, field by field, and which entries are one person. */
function wordsOf({ people }: ShelterState, entries: readonly Pseudonym[]): readonly Told[] {
  const words = entries.flatMap((person) => {
    const said = people.describedOf([person]);
    return describedFields.flatMap((is): readonly Told[] => {
      const word = said[is];
      if (!word) return [];
      const { at, device, sequence, what } = word;
      return [{ is, person, at, device, sequence, what } as Told];
    });
  });
  return [...words, ...people.pairsOf(entries)];
}
