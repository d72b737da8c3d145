import { deskDevice } from "#contract/desk-device.ts";
import type { Event } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { entry, sorted } from "./bus-boarding.ts";
import { MandateBook } from "./mandate-book.ts";
import type { View } from "./view.ts";

interface Booking {
  readonly company: string;
  readonly vehicle: DeviceId | null;
  readonly person: Pseudonym;
  readonly boardFrom: WallMs;
  readonly boardUntil: WallMs;
  cancelledAt: WallMs | null;
}

interface Proxy {
  readonly proxy: Pseudonym;
  readonly validFrom: string;
  readonly validUntil: string | null;
  removedAt: WallMs | null;
}

export interface BookingState {
  readonly bookings: Map<string, Booking>;
  /** By the person whom they may ride for, in the order in which the desk registered them. */
  readonly proxies: Map<Pseudonym, Proxy[]>;
  /** Whom the riders' own cards let ride for them, beside those whom a clerk has registered. */
  readonly mandates: MandateBook;
}

const service = "taxi.subsidised-ride";

/** Who may board one booked ride. The box of the vehicle holds these people in its gallery, and no others. */
export interface BoardingList {
  readonly booking: string;
  readonly company: string;
  readonly vehicle: DeviceId | null;
  readonly boardFrom: WallMs;
  readonly boardUntil: WallMs;
  readonly cancelled: boolean;
  readonly mayBoard: readonly {
    readonly person: Pseudonym;
    readonly as: "rider" | "proxy";
    /** The span of a signed mandate; the box tells whoever comes outside it. */
    readonly from?: WallMs;
    readonly until?: WallMs;
  }[];
}

/** Who may ride for somebody, or could once. */
export interface RegisteredProxy {
  readonly person: Pseudonym;
  readonly proxy: Pseudonym;
  readonly validFrom: string;
  readonly validUntil: string | null;
  readonly removedAt: WallMs | null;
}

export interface TaxiBookings {
  readonly bookings: readonly BoardingList[];
  readonly proxies: readonly RegisteredProxy[];
}

export const emptyBookings = (): BookingState => ({
  ...{ bookings: new Map(), proxies: new Map(), mandates: new MandateBook() },
});

/** Takes in what the desk says of bookings and proxies; from a box it would be nobody's word. */
export function applyBooking(state: BookingState, event: Event): void {
  const { body, device, at } = event;
  if (device !== deskDevice) return;
  state.mandates.apply({ event });
  if (body.type === "taxi.booking-made") {
    const { booking, company, vehicle, person, boardFrom, boardUntil } = body;
    // The same number again is the same booking, changed: another vehicle comes, or at another time.
    const made = { company, vehicle, person, boardFrom, boardUntil, cancelledAt: null };
    state.bookings.set(booking, made);
  } else if (body.type === "taxi.booking-cancelled") {
    const known = state.bookings.get(body.booking);
    if (known) known.cancelledAt ??= at;
  } else if (body.type === "taxi.proxy-registered") {
    const { proxy, validFrom, validUntil } = body;
    const ofPerson = entry(state.proxies, body.person, (): Proxy[] => []);
    ofPerson.push({ proxy, validFrom, validUntil, removedAt: null });
  } else if (body.type === "taxi.proxy-removed") {
    for (const known of state.proxies.get(body.person) ?? []) {
      if (known.proxy === body.proxy) known.removedAt ??= at;
    }
  }
}

/**
 * As whom somebody may board a booked ride at a moment; undefined where they may not: the booking is
 * unknown, cancelled by then, for another time, another company or vehicle, or another person's.
 */
export function mayBoard(
  state: BookingState,
  dayOf: (at: number) => string,
  asked: {
    readonly booking: string;
    readonly company: string;
    readonly person: Pseudonym;
    readonly vehicle: DeviceId;
  },
  at: number,
): "rider" | "proxy" | undefined {
  const booking = state.bookings.get(asked.booking);
  if (!booking || at < booking.boardFrom || at > booking.boardUntil) return undefined;
  if (booking.cancelledAt !== null && at >= booking.cancelledAt) return undefined;
  if (booking.company !== asked.company) return undefined;
  if (booking.vehicle !== null && booking.vehicle !== asked.vehicle) return undefined;
  if (booking.person === asked.person) return "rider";
  const proxies = state.proxies.get(booking.person) ?? [];
  const day = dayOf(at);
  const isRegistered = proxies.some((one) => one.proxy === asked.person && isProxyOn(one, day, at));
  const key = { service, person: booking.person } as const;
  const isMandated = state.mandates.standing(key, asked.person, at as WallMs) !== undefined;
  return isRegistered || isMandated ? "proxy" : undefined;
}

/** Whether a proxy is registered and was not removed, whatever its days. */
export const hasProxy = ({ proxies }: BookingState, person: Pseudonym, proxy: Pseudonym): boolean =>
  (proxies.get(person) ?? []).some((one) => one.proxy === proxy && one.removedAt === null);

function isProxyOn({ validFrom, validUntil, removedAt }: Proxy, day: string, at: number): boolean {
  if (removedAt !== null && at >= removedAt) return false;
  return validFrom <= day && (validUntil === null || day <= validUntil);
}

/** The booked rides of the demand taxi, and who may board each of them when boarding begins. */
export function taxiBookings(dayOf: (at: number) => string): View<BookingState, TaxiBookings> {
  return {
    name: "taxi.bookings",
    empty: emptyBookings,
    apply: (state, { event }) => applyBooking(state, event),
    show: (state) => ({
      bookings: sorted(state.bookings).map(([booking, { cancelledAt, person, ...rest }]) => ({
        ...{ booking, ...rest },
        cancelled: cancelledAt !== null,
        mayBoard: cancelledAt === null ? boarders(state, dayOf, person, rest) : [],
      })),
      proxies: sorted(state.proxies).flatMap(([person, known]) =>
        known.map((one) => ({ person: person as Pseudonym, ...one })),
      ),
    }),
  };
}

function boarders(
  { proxies, mandates }: BookingState,
  dayOf: (at: number) => string,
  person: Pseudonym,
  { boardFrom, boardUntil }: Pick<Booking, "boardFrom" | "boardUntil">,
): BoardingList["mayBoard"] {
  // A list goes to the box before boarding: who is a proxy on either day of a ride around midnight is in it.
  const moments = [boardFrom, boardUntil];
  const allowed = (proxies.get(person) ?? []).filter(
    (one) => one.proxy !== person && moments.some((at) => isProxyOn(one, dayOf(at), at)),
  );
  const names = [...new Set(allowed.map(({ proxy }) => proxy))].sort();
  const isIn = ({ from, until }: { readonly from: WallMs; readonly until: WallMs }) =>
    from <= boardUntil && boardFrom < until;
  // Those whose time it is come first: there is room for a dozen.
  const mandated = mandates
    .undismissed({ service, person })
    .filter(({ proxy }) => !names.includes(proxy))
    .toSorted((a, b) => Number(isIn(b)) - Number(isIn(a)) || b.signedAt - a.signedAt);
  const as = "proxy" as const;
  return [
    { person, as: "rider" as const },
    ...names.map((proxy) => ({ person: proxy, as })),
    ...mandated.map(({ proxy, from, until }) => ({ person: proxy, as, from, until })),
  ];
}
