import type { BusBody } from "#contract/bodies/bus.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { Event } from "#contract/events.ts";
import type { Digest } from "#contract/ids.ts";

type Of<Type extends BusBody["type"]> = Extract<BusBody, { type: Type }>;

/** Who tapped: a person, a transit card that may turn out to be a person's, or somebody unnamed. */
export interface Tap {
  readonly person?: string | undefined;
  readonly card?: Digest | undefined;
}

/** Something that happened, with the only order that it has wherever it arrived: time, then place. */
export interface Fact<Body> {
  readonly at: number;
  readonly device: string;
  readonly sequence: number;
  readonly body: Body;
}

export type TapFact = Fact<{ readonly type: "tap" } & Tap>;
/** What a day's rides are folded from. */
export type RideFact = TapFact | Fact<Of<"bus.at-stop"> | Of<"bus.counted">>;
/** What says more about taps of nearby days. */
export type NoteFact = Fact<Of<"bus.passed"> | Of<"bus.group-boarded">>;
/** What holds from its moment on, and may be looked up for any day. */
export type StandingFact = Fact<
  | Of<"bus.box-placed">
  | Of<"bus.card-linked">
  | Of<"bus.card-unlinked">
  | Of<"bus.pass-granted">
  | Of<"bus.pass-ended">
>;
export type BusFact =
  | { readonly kind: "ride"; readonly fact: RideFact }
  | { readonly kind: "note"; readonly fact: NoteFact }
  | { readonly kind: "standing"; readonly fact: StandingFact }
  /** A person proved themselves with a card: what a link of a transit card rests on. */
  | { readonly kind: "proof"; readonly fact: Fact<{ readonly person: string }> };

/**
 * What an event says about buses, or nothing. What holds from then on is the desk's alone to say: a
 * box that fell into wrong hands grants nobody a pass.
 */
export function factsOf({ at, device, sequence, body }: Event): readonly BusFact[] {
  const place = { at, device, sequence };
  switch (body.type) {
    case "decision.made": {
      if (body.service !== "bus.boarding" || body.outcome !== "admit") return [];
      const { person, reason } = body;
      const tap = { kind: "ride", fact: { ...place, body: { type: "tap", person } } } as const;
      const proved = reason === "card-proved" && person !== undefined;
      return proved ? [tap, { kind: "proof", fact: { ...place, body: { person } } }] : [tap];
    }
    case "bus.card-tapped":
      return [{ kind: "ride", fact: { ...place, body: { type: "tap", card: body.card } } }];
    case "bus.at-stop":
      return [{ kind: "ride", fact: { ...place, at: body.reachedAt ?? at, body } }];
    case "bus.counted":
      return [{ kind: "ride", fact: { ...place, body } }];
    case "bus.passed":
    case "bus.group-boarded":
      return [{ kind: "note", fact: { ...place, body } }];
    case "bus.box-placed":
    case "bus.card-linked":
    case "bus.card-unlinked":
    case "bus.pass-granted":
    case "bus.pass-ended":
      return device === deskDevice ? [{ kind: "standing", fact: { ...place, body } }] : [];
    default:
      return [];
  }
}

/** A fact's name, and what another event means by a reference to it. */
export function nameOf({ device, sequence }: { device: string; sequence: number }): string {
  return `${device} ${sequence}`;
}

type Typed = { readonly type: string };
const stops = (fact: Fact<Typed>) => fact.body.type === "bus.at-stop";

/** The order of facts, the same wherever and whenever they arrived. */
export function inOrder(one: Fact<Typed>, other: Fact<Typed>): number {
  if (one.at !== other.at) return one.at - other.at;
  const [oneStops, otherStops] = [stops(one), stops(other)];
  // A vehicle is at its stop before anybody boards there, in the same millisecond too.
  if (oneStops !== otherStops) return oneStops ? -1 : 1;
  if (one.device !== other.device) return one.device < other.device ? -1 : 1;
  return one.sequence - other.sequence;
}
