import type { ConsentKey } from "#contract/consent.ts";
import { deskDevice } from "#contract/desk-device.ts";
import type { EventBody } from "#contract/events.ts";
import type { Digest, Pseudonym, WallMs } from "#contract/ids.ts";
import { type Service, serviceNames } from "#contract/services.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import type { View } from "./view.ts";

type Given = Extract<EventBody, { type: "consent.given" }>;
type Withdrawn = Extract<EventBody, { type: "consent.withdrawn" }>;

/** How a person stands to a service, as somebody asks for it. */
export interface ConsentStanding {
  readonly service: Service;
  readonly person: Pseudonym;
  readonly state: "standing" | "not-begun" | "withdrawn" | "expired" | "refused";
  readonly from: WallMs | null;
  readonly until: WallMs | null;
  /** When it ended, where it did. */
  readonly endedAt: WallMs | null;
  /** Whose card signed it; null where nothing was given. */
  readonly by: Given["by"] | null;
  /** Which of that card's keys signed: the one for user authentication alone, or the signing key as well. */
  readonly key: NonNullable<Given["key"]> | null;
  /** A guardian's consent came to its end: whoever was a ward has not been asked themselves. */
  readonly askAnew: boolean;
}

/** By when they were signed, and where that is one moment by what they say: never by which came first. */
function inOrder(a: Given, b: Given): number {
  const byTime = a.signedAt - b.signedAt || a.until - b.until || a.from - b.from;
  return byTime || (a.statement < b.statement ? -1 : Number(a.statement > b.statement));
}

interface Kept {
  readonly given: Given[];
  /** The latest moment of a withdrawal: whatever was signed up to it counts no more. */
  withdrawnAt: WallMs | undefined;
  refused: boolean;
}

/** Before there was a choice, no card signed with its signing key. */
const keyOf = ({ key = "authentication" }: Given) => key;

export const keyText = ({ service, person }: ConsentKey): string => `${service} ${person}`;

/**
 * Who has agreed to what. A fold in which no order of arrival matters: a consent stands when it has begun,
 * has not ended, and no withdrawal was signed at its moment or later. Only the gateway's own desk records
 * consents, after it verified them.
 */
export class ConsentBook {
  readonly #people = new Map<Service, Map<Pseudonym, Kept>>();

  apply({ event }: PlacedEvent): void {
    const { body, device } = event;
    if (device !== deskDevice) return;
    if (body.type === "consent.given") this.#kept(body).given.push(body);
    if (body.type === "consent.withdrawn") this.#withdraw(body);
    if (body.type === "consent.refused") this.#kept(body).refused = true;
  }

  /** The consent that lets a person be matched at a moment, the one that lasts longest; usually one or none. */
  standing(key: ConsentKey, at: WallMs): Given | undefined {
    return this.unended(key, at)
      .filter(({ from }) => from <= at)
      .toSorted((a, b) => b.until - a.until || inOrder(a, b))[0];
  }

  /** What stands or would still begin: neither withdrawn nor over. */
  unended(key: ConsentKey, at: WallMs): readonly Given[] {
    const { given = [], withdrawnAt = -1 } = this.#people.get(key.service)?.get(key.person) ?? {};
    return given.filter(({ signedAt, until }) => signedAt > withdrawnAt && at < until);
  }

  /** Whether anything is on record about this person in this service. */
  knows(key: ConsentKey): boolean {
    return this.#people.get(key.service)?.has(key.person) ?? false;
  }

  /** Whether this very statement was counted. */
  has(key: ConsentKey, statement: Digest): boolean {
    const kept = this.#people.get(key.service)?.get(key.person);
    return kept?.given.some((one) => one.statement === statement) ?? false;
  }

  of(key: ConsentKey, at: WallMs): ConsentStanding | undefined {
    const kept = this.#people.get(key.service)?.get(key.person);
    return kept && this.#told(key, kept, at);
  }

  /** Everybody of a service, in the order in which they became known. */
  people(service: Service): Iterable<Pseudonym> {
    return this.#people.get(service)?.keys() ?? [];
  }

  /** Whose consent to a service stands. */
  standingPeople(service: Service, at: WallMs): readonly Pseudonym[] {
    return [...this.people(service)].filter((person) => this.standing({ service, person }, at));
  }

  list(at: WallMs): readonly ConsentStanding[] {
    return serviceNames.flatMap((service) =>
      [...(this.#people.get(service) ?? [])].map(([person, kept]) =>
        this.#told({ service, person }, kept, at),
      ),
    );
  }

  #told(key: ConsentKey, kept: Kept, at: WallMs): ConsentStanding {
    const { service, person } = key;
    const standing = this.standing(key, at);
    if (standing) {
      const { from, until, by } = standing;
      const span = { from, until, by, key: keyOf(standing), endedAt: null, askAnew: false };
      return { service, person, state: "standing", ...span };
    }
    const { withdrawnAt } = kept;
    const last = kept.given.toSorted(inOrder).at(-1);
    const isWithdrawn = withdrawnAt !== undefined && (!last || withdrawnAt >= last.signedAt);
    const askAnew = !isWithdrawn && last?.by === "guardian" && at >= last.until;
    const { from = null, until = null, by = null } = last ?? {};
    const span = { from, until, by, key: last ? keyOf(last) : null, askAnew };
    if (isWithdrawn) return { service, person, state: "withdrawn", ...span, endedAt: withdrawnAt };
    if (!last) return { service, person, state: "refused", ...span, endedAt: null };
    return at < last.from
      ? { service, person, state: "not-begun", ...span, endedAt: null }
      : { service, person, state: "expired", ...span, endedAt: last.until };
  }

  #withdraw(body: Withdrawn): void {
    const kept = this.#kept(body);
    if (kept.withdrawnAt === undefined || body.signedAt > kept.withdrawnAt) {
      kept.withdrawnAt = body.signedAt;
    }
  }

  #kept({ service, person }: ConsentKey): Kept {
    const people = this.#people.get(service) ?? new Map<Pseudonym, Kept>();
    this.#people.set(service, people);
    const kept = people.get(person) ?? { given: [], withdrawnAt: undefined, refused: false };
    people.set(person, kept);
    return kept;
  }
}

/** How many have agreed, for each service: what anybody may see. */
export function consentCounts(): View<ConsentBook, { readonly services: object }> {
  return {
    name: "consents",
    empty: () => new ConsentBook(),
    apply: (book, placed) => book.apply(placed),
    show: (book) => {
      const services = serviceNames.map((service) => [service, [...book.people(service)].length]);
      return { services: Object.fromEntries(services) };
    },
  };
}
