import type { TrialEnded } from "#contract/bodies/trial.ts";
import type { DeviceId, Digest, WallMs } from "#contract/ids.ts";
import { entry, sorted } from "#contract/maps.ts";
import type { Service } from "#contract/services.ts";
import type { View } from "./view.ts";

interface Said {
  readonly device: DeviceId;
  readonly sequence: number;
  readonly at: WallMs;
  readonly before: Digest;
  readonly after: Digest;
  readonly people: number;
  readonly templates: number;
  /** In folders that people were enrolled from, by the box's last word; null where it says nothing of them. */
  readonly photographs: { readonly deleted: number; readonly left: number } | null;
}

interface Known extends Said {
  readonly lastSequence: number;
}

interface TrialState {
  /** What each box runs for, as it said when it last started. */
  readonly boxes: Map<DeviceId, { readonly service: Service; readonly sequence: number }>;
  /** What each box said first, and last of photographs, by service and end. */
  readonly said: Map<string, Map<DeviceId, Known>>;
}

export interface TrialEnds {
  readonly ends: readonly {
    readonly service: Service;
    readonly endsAt: WallMs;
    /** Boxes that have said that nothing of the service is left on them. */
    readonly boxes: readonly Said[];
    /** Boxes that run for the service and have not said so. */
    readonly missing: readonly DeviceId[];
  }[];
}

/** Which boxes have said, signed, that nothing of a service that has ended is left on them, and what is. */
export function trialEnds(): View<TrialState, TrialEnds> {
  return {
    name: "trials",
    empty: () => ({ boxes: new Map(), said: new Map() }),
    apply(state, { event }) {
      const { body, device, sequence, at } = event;
      if (body.type === "device.started") {
        const known = state.boxes.get(device);
        if (!known || known.sequence < sequence) {
          state.boxes.set(device, { service: body.service, sequence });
        }
      } else if (body.type === "trial.ended") keep(state, body, { device, sequence, at });
    },
    show: ({ boxes, said }) => ({
      ends: sorted(said).map(([key, byBox]) => {
        const [service, endsAt] = key.split(" ") as [Service, string];
        const missing = sorted(boxes)
          .filter(([device, one]) => one.service === service && !byBox.has(device as DeviceId))
          .map(([device]) => device as DeviceId);
        const told = sorted(byBox).map(([, { lastSequence: _, ...one }]) => one);
        return { service, endsAt: Number(endsAt) as WallMs, boxes: told, missing };
      }),
    }),
  };
}

/** The first word of templates counts, since a box that lost its power says it twice; of photographs the last. */
function keep(
  { said }: TrialState,
  { service, endsAt, before, after, people, templates, photographs }: TrialEnded,
  place: Pick<Said, "device" | "sequence" | "at">,
): void {
  const byBox = entry(said, `${service} ${endsAt}`, () => new Map<DeviceId, Known>());
  const word: Said = {
    ...place,
    before,
    after,
    people,
    templates,
    photographs: photographs ?? null,
  };
  const known: Known = byBox.get(place.device) ?? { ...word, lastSequence: place.sequence };
  const { sequence, lastSequence } = known;
  const isLast = place.sequence >= lastSequence;
  const first = place.sequence < sequence ? word : known;
  const last = Math.max(place.sequence, lastSequence);
  byBox.set(place.device, {
    ...{ ...first, photographs: isLast ? word.photographs : known.photographs },
    lastSequence: last,
  });
}
