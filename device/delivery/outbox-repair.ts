import { existsSync, renameSync, rmSync } from "node:fs";
import { TeburaError } from "#contract/errors.ts";
import type { DeviceId } from "#contract/ids.ts";
import type { openDatabase } from "#runtime/database.ts";
import { OutboxStore, type SealedEvent } from "./outbox-store.ts";

const eventsAtOnce = 1_000;

/**
 * Opens a box's outbox. One with damaged pages is written anew from its two copies of everything,
 * the damaged file is kept beside it, and `onDamage` is told. Throws DATA_CORRUPT when an event that
 * awaits its receipt is lost in both: the gateway takes nothing behind a gap, and only people can
 * decide what becomes of the box.
 */
export function openOutboxStore(
  path: string,
  device: DeviceId,
  open: typeof openDatabase,
  onDamage: (what: "event" | "file") => void,
): OutboxStore {
  // The power may have gone between taking the damaged file away and putting the new one there.
  if (!existsSync(path) && existsSync(rebuiltPath(path))) renameSync(rebuiltPath(path), path);
  const store = new OutboxStore(path, open, () => onDamage("event"));
  if (store.isSound) return store;
  onDamage("file");
  try {
    rebuild(store, path, device, open);
  } finally {
    store[Symbol.dispose]();
  }
  for (const ending of ["", "-wal", "-shm"]) {
    if (existsSync(`${path}${ending}`)) renameSync(`${path}${ending}`, `${path}.damaged${ending}`);
  }
  renameSync(rebuiltPath(path), path);
  return new OutboxStore(path, open, () => onDamage("event"));
}

const rebuiltPath = (path: string) => `${path}.rebuilt`;

function rebuild(
  damaged: OutboxStore,
  path: string,
  device: DeviceId,
  open: typeof openDatabase,
): void {
  const head = damaged.head(device);
  for (const ending of ["", "-wal", "-shm"])
    rmSync(`${rebuiltPath(path)}${ending}`, { force: true });
  using rebuilt = new OutboxStore(rebuiltPath(path), open, () => undefined);
  rebuilt.begin(head);
  rebuilt.copy(keptEvents(damaged, head.receipted));
  for (let from = head.receipted + 1; from <= head.sequence; ) {
    const events = damaged.read(from, eventsAtOnce);
    if (events[0]?.sequence !== from) {
      throw new TeburaError("DATA_CORRUPT", `event ${from} of ${path} is lost; join the box anew`);
    }
    rebuilt.copy(events);
    from += events.length;
  }
}

/**
 * The receipted events that a box keeps for a gateway that has to be restored from a copy, as far back
 * as they follow one another: behind a gap they would be of no use.
 */
function keptEvents(damaged: OutboxStore, receipted: number): readonly SealedEvent[] {
  const kept: SealedEvent[] = [];
  for (let sequence = receipted; sequence > 0; sequence--) {
    const event = damaged.find(sequence);
    if (!event) break;
    kept.push(event);
  }
  return kept.reverse();
}
