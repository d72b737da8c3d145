import type { KeyObject } from "node:crypto";
import { erasedOfSheetMax, sealSheet } from "#contract/box-lists.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import type { ListSource } from "./list-source.ts";
import { unhurried } from "./shelter-list.ts";
import { timedList } from "./timed-list.ts";

export interface ErasedListPorts {
  /** Whose names a box handed over. */
  handedBy(device: DeviceId): readonly Pseudonym[];
  isErased(person: Pseudonym): boolean;
  readonly privateKey: KeyObject;
}

/** An erased name stays erased; the list is said again now and then all the same. */
const lifeMs = 14 * 24 * 3_600_000;

/**
 * Whose names a shelter's box took down and headquarters has erased since, by a clerk's word or because their
 * time was over: the box lets go of its own copy. Nobody else's: what it has not handed over is on no such list. All
 * of them stay on it, so that a box that was set back to an old copy of its disk forgets them again.
 */
export function erasedList({ handedBy, isErased, privateKey }: ErasedListPorts): ListSource {
  const name = "shelter-erased";
  const list = timedList<Pseudonym>({
    ...{ name, rowsOfSheetMax: erasedOfSheetMax },
    contentFor: (device) => {
      const rows = handedBy(device).filter(isErased);
      return rows.length > 0 ? { rows, lifeMs } : undefined;
    },
    seal: async ({ rows, ...fields }) =>
      await sealSheet({ name, sheet: { ...fields, persons: [...rows] } }, privateKey),
  });
  return unhurried(list);
}
