import type { Box } from "./box.ts";
import type { MachineRoom } from "./machine-room.ts";
import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** The parts of one seed's world, for those that trouble it and those that judge it. */
export interface Parts {
  readonly world: World;
  readonly random: Random;
  readonly boxes: readonly Box[];
  readonly room: MachineRoom;
  readonly network: Network;
  /** Digests that were seen on the wire under a device's number. */
  readonly published: ReadonlyMap<string, ReadonlySet<string>>;
}
