import type { ConsentKey, GalleryRow } from "#contract/consent.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import { keyText } from "./consent-book.ts";
import type { View } from "./view.ts";

/** A box's own signed word that it deleted somebody. */
export interface Forgot {
  readonly device: DeviceId;
  readonly sequence: number;
  readonly index: number;
  readonly at: WallMs;
  readonly before: Digest;
  readonly after: Digest;
}

/** How a box stands to a person of a service. */
export interface Holding {
  /** "may-hold": somebody was let to seal them to this box, and it has not said whether that arrived. */
  readonly state: "holds" | "may-hold" | "gone";
  readonly version: string | undefined;
  readonly origin: "enrolled" | "received";
  readonly forgot: Forgot | undefined;
}

interface Enrolled {
  readonly version: string;
  readonly statement: Digest;
}

/** Rows of one box, by service and person. */
type Held = Map<string, { readonly key: ConsentKey; holding: Holding }>;

/**
 * Which box holds whom, from what the boxes have signed and what the gateway let happen; no template is
 * known here, only names and random versions. A box that was let to be sealed somebody counts as holding
 * them until it says otherwise: when unsure, a deletion is not proved.
 */
export class GalleryBook {
  readonly #boxes = new Map<DeviceId, Held>();
  readonly #holders = new Map<string, Set<DeviceId>>();
  readonly #enrolled = new Map<string, Enrolled[]>();

  apply({ event, index }: PlacedEvent): void {
    const { body, device } = event;
    if (body.type === "gallery.granted" && device === deskDevice) this.#granted(body);
    if (device === deskDevice) return;
    if (body.type === "gallery.enrolled") {
      const { service, person, version, statement } = body;
      const known = this.#enrolled.get(keyText(body)) ?? [];
      this.#enrolled.set(keyText(body), [...known, { version, statement }]);
      this.#put(device, { service, person }, holds(version, "enrolled"));
    }
    if (body.type === "gallery.received") {
      for (const { person, version } of body.rows) {
        this.#put(device, { service: body.service, person }, holds(version, "received"));
      }
    }
    if (body.type === "trial.ended") {
      // The service is over, and its box has deleted everybody.
      const forgot = { device, sequence: event.sequence, index, at: event.at };
      for (const { key } of [...this.heldBy(device)]) {
        this.#forget(device, key, { ...forgot, before: body.before, after: body.after });
      }
    }
    if (body.type === "gallery.forgotten") {
      const { before, after, service } = body;
      const forgot = { device, sequence: event.sequence, index, at: event.at, before, after };
      for (const person of body.persons) this.#forget(device, { service, person }, forgot);
    }
  }

  /** The newest enrolment of a person that `counts`. */
  newest(key: ConsentKey, counts: (statement: Digest) => boolean): string | undefined {
    return this.#enrolled.get(keyText(key))?.findLast(({ statement }) => counts(statement))
      ?.version;
  }

  holding(device: DeviceId, key: ConsentKey): Holding | undefined {
    return this.#boxes.get(device)?.get(keyText(key))?.holding;
  }

  /** Every box that holds, may hold or has held somebody. */
  holders(key: ConsentKey): ReadonlyMap<DeviceId, Holding> {
    const devices = this.#holders.get(keyText(key)) ?? [];
    const all = [...devices].map((device) => [device, this.holding(device, key)] as const);
    return new Map(all.filter((one): one is [DeviceId, Holding] => one[1] !== undefined));
  }

  /** Whom a box holds or may hold. */
  *heldBy(device: DeviceId): Generator<{ readonly key: ConsentKey; readonly holding: Holding }> {
    for (const one of this.#boxes.get(device)?.values() ?? []) {
      if (one.holding.state !== "gone") yield one;
    }
  }

  /** The rows that a box has said to hold: its state is made over these. */
  rowsOf(device: DeviceId): readonly GalleryRow[] {
    return [...this.heldBy(device)].flatMap(({ key, holding: { state, version } }) =>
      state === "holds" && version !== undefined ? [{ ...key, version }] : [],
    );
  }

  get boxes(): Iterable<DeviceId> {
    return this.#boxes.keys();
  }

  /** Somebody may be on their way to a box; whoever is there already stays so. */
  #granted({ to, service, rows }: Extract<EventBody, { type: "gallery.granted" }>): void {
    for (const { person } of rows) {
      const key = { service, person };
      const known = this.holding(to, key);
      if (known?.state === "holds") continue;
      const origin = known?.origin ?? "received";
      this.#put(to, key, { state: "may-hold", version: undefined, origin, forgot: undefined });
    }
  }

  #forget(device: DeviceId, key: ConsentKey, forgot: Forgot): void {
    const known = this.holding(device, key);
    if (!known) return;
    this.#put(device, key, { ...known, state: "gone", version: undefined, forgot });
  }

  #put(device: DeviceId, { service, person }: ConsentKey, holding: Holding): void {
    const key = { service, person };
    const held: Held = this.#boxes.get(device) ?? new Map();
    this.#boxes.set(device, held);
    held.set(keyText(key), { key, holding });
    const holders = this.#holders.get(keyText(key)) ?? new Set();
    this.#holders.set(keyText(key), holders.add(device));
  }
}

const holds = (version: string, origin: Holding["origin"]): Holding => ({
  ...{ state: "holds", version, origin, forgot: undefined },
});

/** How many rows each box holds. */
export function galleryCounts(): View<GalleryBook, { readonly boxes: object }> {
  return {
    name: "galleries",
    empty: () => new GalleryBook(),
    apply: (book, placed) => book.apply(placed),
    show: (book) => {
      const boxes = [...book.boxes].map((device) => [device, book.rowsOf(device).length]);
      return { boxes: Object.fromEntries(boxes) };
    },
  };
}
