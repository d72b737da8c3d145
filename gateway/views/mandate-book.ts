import type { ConsentKey } from "#contract/consent.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import type { View } from "./view.ts";

type Appointed = Extract<EventBody, { type: "proxy.appointed" }>;

/** How a proxy stands to a person, as somebody asks for it. */
export interface ProxyStanding extends Pick<Appointed, "proxy" | "from" | "until" | "by"> {
  readonly state: "standing" | "not-begun" | "ended" | "dismissed";
}

interface Kept {
  readonly appointed: Appointed[];
  /** The latest moment of a dismissal: whatever was signed up to it counts no more. */
  dismissedAt: WallMs | undefined;
}

/**
 * Who may act for whom. A fold in which no order of arrival matters, as that of consents: a mandate stands
 * when it has begun, has not ended, and no dismissal was signed at its moment or later.
 */
export class MandateBook {
  readonly #people = new Map<string, Map<Pseudonym, Kept>>();

  apply({ event: { body, device } }: Pick<PlacedEvent, "event">): void {
    if (device !== deskDevice) return;
    if (body.type === "proxy.appointed") this.#kept(body, body.proxy).appointed.push(body);
    if (body.type !== "proxy.dismissed") return;
    const kept = this.#kept(body, body.proxy);
    kept.dismissedAt = Math.max(kept.dismissedAt ?? 0, body.signedAt) as WallMs;
  }

  /** The mandate by which somebody may act for a person at a moment. */
  standing(key: ConsentKey, proxy: Pseudonym, at: WallMs): Appointed | undefined {
    return this.between(key, proxy, at)
      .filter(({ from }) => from <= at)
      .toSorted((a, b) => b.until - a.until)[0];
  }

  /** Whether somebody was ever appointed for a person in this service. */
  knows(key: ConsentKey, proxy: Pseudonym): boolean {
    return (this.#people.get(text(key))?.get(proxy)?.appointed.length ?? 0) > 0;
  }

  /** Every mandate for a person that was not dismissed, whatever its time. */
  undismissed(key: ConsentKey): readonly Appointed[] {
    return [...(this.#people.get(text(key))?.values() ?? [])].flatMap((kept) =>
      kept.appointed.filter((one) => isAfter(one, kept)),
    );
  }

  /** Every mandate of anybody that stands or would still begin. */
  unended(at: WallMs): readonly Appointed[] {
    return [...this.#people.values()].flatMap((proxies) =>
      [...proxies.values()].flatMap((kept) =>
        kept.appointed.filter((one) => isAfter(one, kept) && at < one.until),
      ),
    );
  }

  /** The mandates between two people that were not dismissed and are not over. */
  between(key: ConsentKey, proxy: Pseudonym, at: WallMs): readonly Appointed[] {
    const kept = this.#people.get(text(key))?.get(proxy);
    return kept?.appointed.filter((one) => isAfter(one, kept) && at < one.until) ?? [];
  }

  /** Everybody who may, will or could act for a person, by the last word on each. */
  of(key: ConsentKey, at: WallMs): readonly ProxyStanding[] {
    return [...(this.#people.get(text(key)) ?? [])].flatMap(([proxy, kept]) => {
      const last =
        this.standing(key, proxy, at) ?? kept.appointed.toSorted((a, b) => b.until - a.until)[0];
      if (!last) return [];
      const { from, until, by } = last;
      const state = !isAfter(last, kept)
        ? "dismissed"
        : at < from
          ? "not-begun"
          : at < until
            ? "standing"
            : "ended";
      return [{ proxy, from, until, by, state } as const];
    });
  }

  get count(): number {
    return [...this.#people.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #kept(key: ConsentKey, proxy: Pseudonym): Kept {
    const of = this.#people.get(text(key)) ?? new Map<Pseudonym, Kept>();
    this.#people.set(text(key), of);
    const kept = of.get(proxy) ?? { appointed: [], dismissedAt: undefined };
    of.set(proxy, kept);
    return kept;
  }
}

const isAfter = ({ signedAt }: Appointed, { dismissedAt = -1 as WallMs }: Kept): boolean =>
  signedAt > dismissedAt;

const text = ({ service, person }: ConsentKey): string => `${service} ${person}`;

/** How many proxies were ever appointed: what anybody may see. */
export function mandates(): View<MandateBook, { readonly proxies: number }> {
  return {
    name: "mandates",
    empty: () => new MandateBook(),
    apply: (book, placed) => book.apply(placed),
    show: (book) => ({ proxies: book.count }),
  };
}
