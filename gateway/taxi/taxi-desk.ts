import type { RideKey } from "#contract/bodies/taxi.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import type { TaxiTermsTable } from "#firmware-config/taxi.ts";
import { type Answer, type Refusal, refusal, type ServiceDeskPorts } from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import type { PlaceCheck } from "../fleet/known-boxes.ts";
import type { BoardingList } from "../views/taxi-bookings.ts";
import type { TaxiClaims } from "../views/taxi-claims.ts";
import { rideId } from "../views/taxi-fold.ts";
import { termsOn } from "../views/taxi-judge.ts";
import type { TaxiPerson, TaxiRides } from "../views/taxi-rides.ts";
import { type ClaimAsked, statementsFor } from "./claim.ts";
import { isOwnNumber, ownPrefix } from "./registry-grants.ts";
import type { RegistryKeeper } from "./registry-keeper.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type Asked<Type extends EventBody["type"]> = Omit<Body<Type>, "type">;

export interface TaxiDeskPorts extends ServiceDeskPorts {
  terms(): TaxiTermsTable;
  /** What the views `taxi.subsidised-ride`, `taxi.claims` and `taxi.bookings` show now. */
  rides(): TaxiRides;
  claims(): TaxiClaims;
  bookings(): readonly BoardingList[];
  /** Whether somebody was registered as the other's proxy, and not removed. */
  hasProxy(person: Pseudonym, proxy: Pseudonym): boolean;
  /** Which boxes may be said to come. */
  readonly placeCheck: PlaceCheck;
  /** The company that a taxi's box says it drives for; undefined where it has said nothing lately. */
  companyOf(vehicle: DeviceId): string | undefined;
  /** Who is entitled by the registry. */
  readonly registry: Pick<RegistryKeeper, "checked" | "settle">;
}

/** What a clerk does for the subsidised taxi: who is entitled, what was booked, and what is owed. */
export class TaxiDesk {
  readonly #ports: TaxiDeskPorts;
  readonly #holds = new Holds();

  constructor(ports: TaxiDeskPorts) {
    this.#ports = ports;
  }

  /**
   * Refuses ENTITLEMENT_NUMBER_RESERVED for a number as the registry's own grants bear it,
   * TAXI_CATEGORY_UNKNOWN for a category that the terms of its first day do not list, and
   * TAXI_CATEGORY_NOT_HELD for one that the registry does not give the person on that day.
   */
  async grant(
    asked: Asked<"taxi.entitlement-granted">,
    who: string,
  ): Promise<Answer<{ entitlement: string; validUntil: string | null }>> {
    if (isOwnNumber(asked.entitlement)) {
      return refusal(
        "ENTITLEMENT_NUMBER_RESERVED",
        `numbers that begin with "${ownPrefix}" are those of the registry's own grants: give it another number`,
      );
    }
    const { categories } = termsOn(this.#ports.terms(), asked.validFrom);
    if (!categories.some(({ category }) => category === asked.category)) {
      const known = categories.map(({ category }) => category).join(", ");
      return refusal("TAXI_CATEGORY_UNKNOWN", `the terms of that day list ${known || "none"}`);
    }
    const checked = await this.#ports.registry.checked(asked, who);
    if ("ok" in checked) return checked;
    await this.#ports.record({ type: "taxi.entitlement-granted", ...checked });
    return { ok: true, entitlement: checked.entitlement, validUntil: checked.validUntil };
  }

  /** Refuses ENTITLEMENT_UNKNOWN. */
  async revoke(asked: Asked<"taxi.entitlement-revoked">): Promise<Answer<{ entitlement: string }>> {
    const { person, entitlement } = asked;
    const known = this.#person(person)?.entitlements.some((one) => one.entitlement === entitlement);
    if (!known) return refusal("ENTITLEMENT_UNKNOWN", "that person has no such entitlement");
    await this.#ports.record({ type: "taxi.entitlement-revoked", ...asked });
    return { ok: true, entitlement };
  }

  /**
   * Makes a booking, or changes the one of that number. Refuses DEVICE_UNKNOWN, DEVICE_REVOKED and
   * TAXI_VEHICLE_FOREIGN for a vehicle that drives for another company: it would let nobody of the booking in.
   */
  async book(asked: Asked<"taxi.booking-made">): Promise<Answer<{ booking: string }>> {
    const { vehicle, company } = asked;
    const refused = vehicle === null ? undefined : this.#vehicleCheck(vehicle, company);
    if (refused) return refused;
    await this.#ports.record({ type: "taxi.booking-made", ...asked });
    return { ok: true, booking: asked.booking };
  }

  /** Refuses BOOKING_UNKNOWN. */
  async cancel(asked: Asked<"taxi.booking-cancelled">): Promise<Answer<{ booking: string }>> {
    const isKnown = this.#ports.bookings().some(({ booking }) => booking === asked.booking);
    if (!isKnown) return refusal("BOOKING_UNKNOWN", "nobody made such a booking");
    await this.#ports.record({ type: "taxi.booking-cancelled", ...asked });
    return { ok: true, booking: asked.booking };
  }

  async registerProxy(asked: Asked<"taxi.proxy-registered">): Promise<Answer<object>> {
    await this.#ports.record({ type: "taxi.proxy-registered", ...asked });
    return { ok: true };
  }

  /** Refuses PROXY_UNKNOWN, so that a slip of the hand takes nobody's proxy for removed. */
  async removeProxy(asked: Asked<"taxi.proxy-removed">): Promise<Answer<object>> {
    if (!this.#ports.hasProxy(asked.person, asked.proxy)) {
      return refusal("PROXY_UNKNOWN", "this person has no such proxy in taxis");
    }
    await this.#ports.record({ type: "taxi.proxy-removed", ...asked });
    return { ok: true };
  }

  /** Another fare, or null where the ride never was one. Refuses RIDE_UNKNOWN. */
  async correct(asked: Asked<"taxi.ride-corrected">): Promise<Answer<{ ride: RideKey }>> {
    if (!this.#isRide(asked.ride)) return unknownRide;
    await this.#ports.record({ type: "taxi.ride-corrected", ...asked });
    return { ok: true, ride: asked.ride };
  }

  /** Decides on what went beyond the terms. Refuses RIDE_UNKNOWN where nothing of that ride did. */
  async settle(asked: Asked<"taxi.overdraw-settled">): Promise<Answer<{ ride: RideKey }>> {
    const key = rideId(asked.ride);
    const { overdraws, findings } = this.#ports.rides();
    const isMatter = [...overdraws, ...findings].some(
      (one) => rideId(one) === key && one.person === asked.person,
    );
    if (!isMatter) return unknownRide;
    await this.#ports.record({ type: "taxi.overdraw-settled", ...asked });
    return { ok: true, ride: asked.ride };
  }

  /** Rides and what is left of somebody. Refuses ENTITLEMENT_UNKNOWN. */
  async balance(person: Pseudonym): Promise<Answer<{ balance: TaxiPerson }>> {
    await this.#ports.registry.settle();
    const balance = this.#person(person);
    if (!balance) return refusal("ENTITLEMENT_UNKNOWN", "nobody of that number is known here");
    return { ok: true, balance };
  }

  /**
   * States what is open of a company up to a month. Asked again for the same, nothing is open any more,
   * and nothing is stated twice.
   */
  async state(asked: ClaimAsked): Promise<Answer<{ rides: number; yen: number }>> {
    await this.#ports.registry.settle();
    return await this.#holds.while([`company ${asked.company}`], async () => {
      const statements = statementsFor(this.#ports.claims(), asked);
      await Promise.all(statements.map((body) => this.#ports.record(body)));
      const lines = statements.flatMap((body) => body.lines);
      return { ok: true, rides: lines.length, yen: lines.reduce((sum, { yen }) => sum + yen, 0) };
    });
  }

  #person(person: Pseudonym): TaxiPerson | undefined {
    return this.#ports.rides().persons.find((one) => one.person === person);
  }

  #vehicleCheck(vehicle: DeviceId, company: string): Refusal | undefined {
    const { placeCheck, companyOf } = this.#ports;
    const drivesFor = companyOf(vehicle) ?? company;
    if (drivesFor === company) return placeCheck(vehicle, vehicle);
    const what = `${vehicle} drives for another company: name a vehicle of ${company}, or none yet`;
    return refusal("TAXI_VEHICLE_FOREIGN", what);
  }

  #isRide(ride: RideKey): boolean {
    const key = rideId(ride);
    return this.#ports
      .claims()
      .companies.some(({ rides }) => rides.some((one) => rideId(one) === key));
  }
}

const unknownRide = refusal("RIDE_UNKNOWN", "there is no such ride, or nothing of it to decide");
