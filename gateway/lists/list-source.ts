import type { ListName } from "#contract/box-lists.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";

/** A list as it is sent: its sheets, each a seal of its own. */
export interface SealedList {
  readonly serial: number;
  readonly sheets: readonly string[];
}

/** Where one kind of list comes from. */
export interface ListSource {
  readonly name: ListName;
  /**
   * The list that a box should hold, made anew when what is in it has changed or its time runs out;
   * undefined where the box has no use for one. `held` is the serial number that it has, 0 for none.
   */
  current(device: DeviceId, held: number, now: WallMs): Promise<SealedList | undefined>;
}
