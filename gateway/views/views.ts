import { type CityRules, shippedRules } from "#firmware-config/city-rules.ts";
import type { BusRides } from "../bus/bus-rides.ts";
import type { GtfsFeed } from "../bus/gtfs.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import type { TierOf } from "../payment/tier.ts";
import { activity, hourIn } from "./activity.ts";
import {
  type BusBoarding,
  type BusBoardingPorts,
  type BusState,
  busBoarding,
  busBoardingOf,
} from "./bus-boarding.ts";
import { consentCounts } from "./consent-book.ts";
import { galleryCounts } from "./gallery-book.ts";
import { mandates } from "./mandate-book.ts";
import { medicalConsent } from "./medical-consent.ts";
import { medicalEmergency } from "./medical-emergency.ts";
import { type MedicalQueue, medicalQueue, type QueueState } from "./medical-queue.ts";
import { type PaymentState, paymentBook } from "./payment-book.ts";
import { schoolAttendance } from "./school-attendance.ts";
import { schoolRegister } from "./school-register.ts";
import {
  type RouteWatchPorts,
  type RouteWatchState,
  schoolRouteWatch,
} from "./school-route-watch.ts";
import { shelterCheckIn } from "./shelter-check-in.ts";
import { type BookingState, type TaxiBookings, taxiBookings } from "./taxi-bookings.ts";
import { type TaxiClaims, taxiClaims } from "./taxi-claims.ts";
import type { TaxiState } from "./taxi-fold.ts";
import { type TaxiRides, taxiRides } from "./taxi-rides.ts";
import { ticketSales } from "./ticket-sales.ts";
import { trialEnds } from "./trial-ends.ts";
import { dayIn, type View } from "./view.ts";

/** A view together with its state, whatever the state looks like. */
interface RunningView<State = unknown, Shown = unknown> {
  readonly name: string;
  readonly state: State;
  apply(placed: PlacedEvent): void;
  show(): Shown;
}

function running<State, Shown>(view: View<State, Shown>): RunningView<State, Shown> {
  const state = view.empty();
  return {
    ...{ name: view.name, state },
    apply: (placed) => view.apply(state, placed),
    show: () => view.show(state),
  };
}

export interface ViewsOptions {
  /** Read at each look: a city may sign others while views are kept. What ships where nothing is said. */
  readonly rules?: CityRules | undefined;
  readonly feed?: GtfsFeed | undefined;
  /** What the policy asks of a payment at a moment; without it nothing is compared with it. */
  readonly tierOf?: TierOf | undefined;
  /** Only where there is a clock to forget by. */
  readonly routeWatch?: RouteWatchPorts | undefined;
}

/** All views of a gateway, kept in memory and folded from the ledger at each start. */
export class Views {
  readonly busBoarding: RunningView<BusState>;
  /** Views whose state a desk checks before it records. */
  readonly medicalQueue: RunningView<QueueState, MedicalQueue>;
  readonly medicalConsent = running(medicalConsent());
  readonly medicalEmergency = running(medicalEmergency());
  readonly ticketSales = running(ticketSales());
  readonly payments: RunningView<PaymentState>;
  readonly schoolRegister = running(schoolRegister());
  /** Only where there is a clock to forget by: sightings are kept a short time. */
  readonly routeWatch: RunningView<RouteWatchState> | undefined;
  readonly shelters = running(shelterCheckIn());
  readonly taxiRides: RunningView<TaxiState, TaxiRides>;
  readonly taxiClaims: RunningView<TaxiState, TaxiClaims>;
  readonly taxiBookings: RunningView<BookingState, TaxiBookings>;
  readonly consents = running(consentCounts());
  readonly galleries = running(galleryCounts());
  readonly mandates = running(mandates());
  readonly #views: readonly RunningView[];
  readonly #busPorts: BusBoardingPorts;
  #index = 0;

  constructor(timeZone: string, options: ViewsOptions = {}) {
    const { rules = shippedRules, feed, routeWatch } = options;
    const dayOf = dayIn(timeZone);
    this.#busPorts = { dayOf, rules, feed };
    this.busBoarding = running(busBoarding(this.#busPorts));
    this.payments = running(paymentBook(options.tierOf));
    this.medicalQueue = running(medicalQueue(dayOf));
    this.routeWatch = routeWatch && running(schoolRouteWatch(routeWatch));
    this.taxiRides = running(taxiRides(dayOf, rules));
    this.taxiBookings = running(taxiBookings(dayOf));
    this.taxiClaims = running(taxiClaims(dayOf, rules));
    this.#views = [
      this.busBoarding,
      running(schoolAttendance(dayOf)),
      this.schoolRegister,
      ...(this.routeWatch ? [this.routeWatch] : []),
      this.shelters,
      this.medicalQueue,
      this.medicalConsent,
      this.medicalEmergency,
      this.ticketSales,
      this.payments,
      this.taxiRides,
      this.taxiClaims,
      this.taxiBookings,
      this.consents,
      this.galleries,
      this.mandates,
      running(activity(dayOf, hourIn(timeZone))),
      running(trialEnds()),
    ];
  }

  /** Rides one by one, for an operator's exports; the view shows numbers of them. */
  get busRides(): BusRides {
    return this.busBoarding.state.rides;
  }

  /** The view of the buses, as whoever is bound to some depots or companies sees it. */
  busBoardingOf(depots: readonly string[]): BusBoarding {
    return busBoardingOf(this.busBoarding.state, this.#busPorts, depots);
  }

  /** The last ledger entry that is folded in. */
  get index(): number {
    return this.#index;
  }

  apply(placed: PlacedEvent): void {
    if (placed.index <= this.#index) return;
    // A refused step-up is on record, and in no view: what it claims was not proved.
    if (placed.refusal === null) for (const view of this.#views) view.apply(placed);
    this.#index = placed.index;
  }

  show(name: string): unknown {
    return this.#views.find((view) => view.name === name)?.show();
  }
}
