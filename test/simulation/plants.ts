import Sqlite from "better-sqlite3";
import { digestOf, genesisDigest } from "#contract/digest.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import type { Outbox } from "#device/delivery/outbox.ts";
import {
  type DeviceHead,
  entryHash,
  type Ledger,
  type LedgerEntry,
  type NewEntry,
} from "#gateway/ledger/ledger.ts";
import { eventIn } from "#gateway/ledger/placed.ts";
import type { World } from "./world.ts";

/** Bugs to plant, so that the simulation shows that it finds them. */
export const plants = [
  "receipt-before-commit",
  "forget-on-acknowledgement",
  "sequence-used-again",
] as const;
export type Plant = (typeof plants)[number];

/** A gateway that receipts what it has only in memory, and commits a little later. */
export function committingLater(ledger: Ledger, world: World): Ledger {
  const heads = new Map<DeviceId, DeviceHead>();
  let waiting: NewEntry[] = [];
  const append = (entries: readonly NewEntry[]): readonly LedgerEntry[] => {
    let index = ledger.count + waiting.length;
    let previous = index === 0 ? genesisDigest : (digestOf(String(index)) as Digest);
    const added = entries.map((entry) => {
      index += 1;
      previous = entryHash({ ...entry, index }, previous);
      const { device, sequence, event } = entry;
      heads.set(device, { sequence, event, index, entry: previous });
      return { ...entry, index, entry: previous };
    });
    waiting.push(...entries);
    world.after(40, () => {
      const late = waiting;
      waiting = [];
      try {
        if (late.length > 0) ledger.append(late);
      } catch {
        // A process that died meanwhile took them with it, and so does a disk that fails.
      }
    });
    return added;
  };
  const head = (device: DeviceId) => heads.get(device) ?? ledger.head(device);
  return new Proxy(ledger, {
    get(target, name) {
      if (name === "append") return append;
      if (name === "head") return head;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A box that takes the broker's acknowledgement for a receipt. */
export function forgetAcknowledged(outbox: Outbox, sealed: string): void {
  const { device, sequence } = eventIn(sealed);
  const event = digestOf(sealed);
  const receipt = {
    v: 1 as const,
    device,
    sequence,
    event,
    index: 1,
    entry: event,
    at: 0 as WallMs,
  };
  outbox.forget(receipt);
}

/** A box whose last number was in memory only when the power went. */
export function loseLastNumber(path: string): void {
  const database = new Sqlite(path);
  const rows = database
    .prepare("SELECT sequence, digest FROM events ORDER BY sequence DESC LIMIT 2")
    .all() as { sequence: number; digest: Digest }[];
  const [last, before] = rows;
  if (last && before) {
    const { sequence, digest } = before;
    for (const again of ["", "_again"]) {
      database.prepare(`DELETE FROM events${again} WHERE sequence = ?`).run(last.sequence);
      database.prepare(`UPDATE head${again} SET sequence = ?, digest = ?`).run(sequence, digest);
    }
  }
  database.close();
}
