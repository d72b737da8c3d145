import type { KeyObject } from "node:crypto";
import { sealSheet } from "#contract/box-lists.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { type DetailsSource, detailsOfEntries } from "#contract/shelter/evacuee-list.ts";
import { type ShelterState, shownShelters } from "#contract/shelter/fold.ts";
import { portionsOf, sealNames, type ToldName } from "#contract/shelter/told-names.ts";
import type { ListSource, SealedList } from "./list-source.ts";
import { unhurried } from "./shelter-list.ts";
import { timedList } from "./timed-list.ts";

export interface NamesListPorts {
  state(): ShelterState;
  names(): DetailsSource;
  /** Whom no list outside the gateway names, by every name that they have. */
  protectedNames(): { has(name: string): boolean };
  /** The key that a box said it is sealed to; undefined for one that has said none. */
  keyOf(device: DeviceId): string | undefined;
  /** The gateway's own key, which its boxes know. */
  readonly privateKey: KeyObject;
  record(body: EventBody): Promise<unknown>;
}

/** Longer than a shelter is cut off; then what nobody has said again is shown no more. */
const lifeMs = 14 * 24 * 3_600_000;

interface Portion {
  readonly key: string;
  readonly names: readonly ToldName[];
}

/**
 * What the people are called who are at a box's own shelter, or on the way there: its clerk has to find them
 * on the list while nobody answers. Nobody else's name goes there; whoever is under protection stays without
 * one, since a box stands in public and knows no roles. It is sealed to that box, and on record before it goes.
 */
export function namesList(ports: NamesListPorts): ListSource {
  const { keyOf, privateKey } = ports;
  /** The newest list of each box that names anybody. */
  const naming = new Map<DeviceId, number>();
  const list = timedList<Portion>({
    name: "shelter-names",
    rowsOfSheetMax: 1,
    contentFor: (device, now) => {
      const key = keyOf(device);
      const { shelter } = ports.state().sites.doorOf(device, now);
      if (key === undefined || shelter === null) return undefined;
      const portions = portionsOf(namesAt(ports, shelter));
      return { rows: portions.map((names) => ({ key, names })), lifeMs };
    },
    seal: async ({ rows: [portion], ...fields }) => {
      if (portion) naming.set(fields.device, fields.serial);
      const key = portion?.key ?? keyOf(fields.device) ?? "";
      const sealed = await sealNames(portion?.names ?? [], fields, key);
      return await sealSheet({ name: "shelter-names", sheet: { ...fields, sealed } }, privateKey);
    },
  });
  return unhurried(onRecord(list, naming, ports));
}

function namesAt(ports: NamesListPorts, shelter: string): readonly ToldName[] {
  const hidden = ports.protectedNames();
  const names = ports.names();
  void names.version; // Whoever has been registered or renamed meanwhile is looked up anew.
  return shownShelters(ports.state()).present.flatMap(({ person, entries, ...one }) => {
    if (one.shelter !== shelter || one.protected) return [];
    if (entries.some((entry) => hidden.has(entry))) return [];
    const details = detailsOfEntries(names, entries);
    return details ? [{ person, details }] : [];
  });
}

/** Each new list that names somebody is on record before it is given out. */
function onRecord(
  list: ListSource,
  naming: ReadonlyMap<DeviceId, number>,
  { record, state }: NamesListPorts,
): ListSource {
  const recorded = new Map<DeviceId, number>();
  return {
    name: list.name,
    async current(device: DeviceId, held: number, now: WallMs): Promise<SealedList | undefined> {
      const made = await list.current(device, held, now);
      if (!made || naming.get(device) !== made.serial) return made;
      if (recorded.get(device) === made.serial) return made;
      const { shelter } = state().sites.doorOf(device, now);
      await record({ type: "shelter.list-read", who: `box:${device}`, shelter, form: "box" });
      recorded.set(device, made.serial);
      return made;
    },
  };
}
