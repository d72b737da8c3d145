import type { KeyObject } from "node:crypto";
import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { TicketId } from "#contract/bodies/tickets.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym } from "#contract/ids.ts";
import { type PhoneSignature, phoneIn } from "#contract/phone-evidence.ts";
import { EvacueeList } from "#contract/shelter/evacuee-list.ts";
import { type ShelterCheckIn, shownShelters } from "#contract/shelter/fold.ts";
import type { CityMapSettings } from "#firmware-config/city-map.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Guard } from "./api/authorise.ts";
import { createBusRoutes } from "./api/bus-routes.ts";
import { createConsentRoutes } from "./api/consent-routes.ts";
import { guardsOf } from "./api/desk-routes.ts";
import { createMapRoutes } from "./api/map-routes.ts";
import { createMedicalRoutes } from "./api/medical-routes.ts";
import { createPaymentRoutes } from "./api/payment-routes.ts";
import { createPlaceRoutes } from "./api/place-routes.ts";
import { createPolicyRoutes } from "./api/policy-routes.ts";
import { createSchoolRoutes, type SchoolRoutePorts } from "./api/school-routes.ts";
import { createShelterRoutes } from "./api/shelter-routes.ts";
import { createTaxiRoutes } from "./api/taxi-routes.ts";
import { createTicketRoutes } from "./api/tickets-routes.ts";
import { machineCsv } from "./bus/csv-text.ts";
import { busesOf } from "./bus/depots.ts";
import type { Recorded } from "./desk/desk.ts";
import type { EvidenceVault } from "./evidence/evidence-vault.ts";
import type { PlaceCheck } from "./fleet/known-boxes.ts";
import type { Galleries } from "./gallery/galleries.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { placed } from "./ledger/placed.ts";
import { cityMapOf } from "./map/city-map.ts";
import { type MedicalSource, readFrom } from "./medical/data-source.ts";
import { EmergencyDesk } from "./medical/emergency-desk.ts";
import { ReceptionDesk } from "./medical/reception-desk.ts";
import { PaymentDesk } from "./payment/payment-desk.ts";
import { tierFrom } from "./payment/tier.ts";
import { noteAnswer } from "./persons/audit-events.ts";
import type { OwnDataPorts } from "./persons/own-data.ts";
import type { PersonRegistry } from "./persons/person-registry.ts";
import { ProtectedPeople } from "./persons/protected-people.ts";
import type { Policies } from "./policy/policies.ts";
import type { DeviceState } from "./registry/device-status.ts";
import { ResidentDesk } from "./resident/resident-desk.ts";
import type { School } from "./school/school.ts";
import { ShelterClerk } from "./shelter/clerk.ts";
import { FamilyInquiry } from "./shelter/family-inquiry.ts";
import { KnownNames } from "./shelter/known-names.ts";
import { Looks } from "./shelter/looks.ts";
import type { PersonDetailsStore } from "./shelter/person-details.ts";
import type { PhoneVerifier } from "./step-up/phone-judge.ts";
import { RegistryKeeper } from "./taxi/registry-keeper.ts";
import { TaxiDesk } from "./taxi/taxi-desk.ts";
import { TicketDesk } from "./tickets/ticket-desk.ts";
import type { KeptViews } from "./views/kept-views.ts";
import { type Proof, proofIn } from "./views/proved-decisions.ts";
import { hasProxy } from "./views/taxi-bookings.ts";
import { dayIn } from "./views/view.ts";

export interface ServicePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly timeZone: string;
  /** Where boxes and stops are. */
  readonly map?: CityMapSettings | undefined;
  readonly ledger: Pick<Ledger, "indexOf" | "after" | "count">;
  readonly vault: Pick<EvidenceVault, "openingOf">;
  readonly views: KeptViews;
  /** Names that people told at a desk or at a shelter's own box. */
  readonly details: PersonDetailsStore;
  /** Whoever reads lists of classes, and tells guardians. */
  readonly school: SchoolRoutePorts["school"] & Pick<School, "contactOf">;
  /** The gateway's own key, which boxes and box offices know. */
  readonly privateKey: KeyObject;
  readonly policies: Policies;
  /** Read at each look: a city may sign others while the gateway runs. */
  readonly rules: CityRules;
  readonly persons: PersonRegistry;
  /** Which boxes may be given a place. */
  readonly placeCheck: PlaceCheck;
  /** What verifies phones' signatures; without it none is believed. */
  readonly phone?: PhoneVerifier | undefined;
  /** Where a crew's look-ups read from; without one they are refused. */
  readonly medicalSource?: MedicalSource | undefined;
  /** Consents, and the galleries that rest on them. */
  galleries(): Galleries;
  /** Resolves when the event is on disk and in every view. */
  record(body: EventBody): Promise<Recorded>;
  status(device: DeviceId): DeviceState;
}

const taxi = "taxi.subsidised-ride";

/** The desks of all services over the views of a running gateway, and their part of the HTTP interface. */
export class Services {
  /** Whom no answer may name. */
  readonly protectedPeople: ProtectedPeople;
  /** What families may ask, at a desk and on their own page. */
  readonly inquiry: FamilyInquiry;
  /** What evacuees are called, by what they told and by the registry. */
  readonly names: KnownNames;
  /** Who is entitled to the taxi by the registry. */
  readonly taxiRegistry: RegistryKeeper;
  readonly #ports: ServicePorts;
  #entries: { readonly of: ShelterCheckIn; readonly all: readonly Pseudonym[] } | undefined;

  constructor(ports: ServicePorts) {
    this.#ports = ports;
    const { details, record } = ports;
    this.protectedPeople = new ProtectedPeople({
      registry: ports.persons,
      protectedEntries: () => this.#protectedEntries(),
    });
    this.names = new KnownNames({ told: details, registry: ports.persons, log: ports.log });
    this.inquiry = new FamilyInquiry({
      ...{ details, record, questionOf: details.questionOf.bind(details) },
      shown: () => this.shelters,
      protectedNames: () => this.protectedPeople.names,
    });
    this.taxiRegistry = new RegistryKeeper({
      ...{ record, registry: ports.persons, clock: ports.clock, log: ports.log },
      dayOf: dayIn(ports.timeZone),
      terms: () => ports.rules.taxi,
      rides: () => ports.views.current.taxiRides.show(),
      agreed: (now) => ports.views.current.consents.state.standingPeople(taxi, now),
    });
  }

  /** Writes down that somebody looked at people under protection. */
  noteLook(look: Parameters<ReturnType<typeof noteAnswer>>[0]): Promise<void> {
    return noteAnswer((body) => this.#ports.record(body))(look);
  }

  /** Writes down that somebody looks at what a card proved. */
  async noteEvidence(who: string, { body }: Event): Promise<void> {
    if (body.type !== "decision.made" || body.person === undefined) return;
    const { persons, record } = this.#ports;
    const id = persons.personOf(body.service, body.person);
    await record({
      ...{ type: "registry.looked", who, why: "audit", what: "evidence", by: "ledger-proof" },
      ...{ persons: [id ? persons.pseudonymOf("counter", id) : body.person], fields: [] },
    });
  }

  #protectedEntries(): readonly Pseudonym[] {
    const { state } = this.#ports.views.current.shelters;
    const of = shownShelters(state);
    if (this.#entries?.of !== of) {
      const all = state.people.protectedEntries();
      const isSame = this.#entries?.all.join() === all.join();
      this.#entries = { of, all: isSame ? (this.#entries?.all ?? all) : all };
    }
    return this.#entries.all;
  }

  /** Who is in the shelters, who left, and what is known of each place. */
  get shelters(): ShelterCheckIn {
    return shownShelters(this.#ports.views.current.shelters.state);
  }

  /** What is kept of people beside the registry. */
  get besideRegistry(): Pick<OwnDataPorts, "detailsOf" | "contactOf"> {
    const { details, school } = this.#ports;
    return {
      detailsOf: (person) => details.of(person),
      contactOf: (person) => school.contactOf(person),
    };
  }

  /** What people see and do of their own at their page. */
  get residentDesk(): ResidentDesk {
    const { persons: registry, ledger, vault, clock, timeZone, galleries } = this.#ports;
    return new ResidentDesk({
      ...{ registry, ledger, vault, timeZone, galleries, ...this.besideRegistry },
      wall: () => clock.wall(),
    });
  }

  /** Who agreed to what, and what of it was deleted. */
  get consents(): Pick<Galleries, "desk" | "deletions" | "mandates"> {
    return this.#ports.galleries();
  }

  /** Every service's routes, each behind the scopes of its own service. */
  routes(guard: Guard): Hono {
    const app = new Hono();
    app.route("/", this.#bus(guard));
    app.route("/", this.#shelter(guard));
    app.route("/", this.#medical(guard));
    app.route("/", this.#tickets(guard));
    app.route("/", this.#payment(guard));
    const boxes = { read: guard("galleries:read"), write: guard("galleries:write") };
    const consents = { read: guard("consents:read"), write: guard("consents:write") };
    const { timeZone, galleries } = this.#ports;
    const consentPorts = { consents, boxes, timeZone, galleries: galleries() };
    for (const routes of createConsentRoutes(consentPorts)) app.route("/", routes);
    app.route("/", this.#policy(guard));
    app.route("/", this.#taxi(guard));
    app.route("/", this.#school(guard));
    app.route("/", this.#map(guard));
    const places = guard("places:write");
    const { record, placeCheck } = this.#ports;
    const guards = { read: places, write: places };
    app.route("/", createPlaceRoutes({ guards, record, placeCheck }));
    return app;
  }

  #bus(guard: Guard) {
    const { record, views, timeZone, rules, placeCheck } = this.#ports;
    return createBusRoutes({
      guards: guardsOf(guard, "bus:read", "bus:write"),
      rides: () => views.busRides,
      vehiclesOf: (day, depots) => {
        const { places, rides } = views.current.busBoarding.state;
        return busesOf({ places, standing: rides.standing }, day, depots).vehicles;
      },
      ...{ record, timeZone, rules, placeCheck, feed: views.feed, csv: machineCsv },
    });
  }

  #map(guard: Guard) {
    const { map, views, clock } = this.#ports;
    return createMapRoutes({
      ...{ guard: guard("devices:read"), clock, map: cityMapOf(map ?? { boxes: {} }, views.feed) },
      rides: () => views.busRides,
    });
  }

  #shelter(guard: Guard) {
    const { record, views, details, clock, timeZone, status, placeCheck } = this.#ports;
    const state = () => views.current.shelters.state;
    const shown = () => shownShelters(state());
    const { inquiry, names } = this;
    const proofOf = (decision: EventRef) => this.#proofOf(decision);
    return createShelterRoutes({
      guards: guardsOf(guard, "shelter:read", "shelter:write"),
      ...{ state, details: names, clock, timeZone, looks: new Looks({ clock, record }) },
      list: new EvacueeList({ shown, details: names, status }),
      clerk: new ShelterClerk({ shown, details, inquiry, proofOf, placeCheck, clock, record }),
    });
  }

  #medical(guard: Guard) {
    const { record, views, clock, timeZone, rules } = this.#ports;
    return createMedicalRoutes({
      guards: guardsOf(guard, "medical:read", "medical:write"),
      ...{ crewGuard: guard("emergency:write"), timeZone },
      reception: new ReceptionDesk({
        ...{ clock, record, rules: () => rules.medical },
        queue: () => views.current.medicalQueue.state,
        consents: () => views.current.medicalConsent.state,
      }),
      emergency: new EmergencyDesk({
        ...{ clock, record, rules: () => rules.medical },
        state: () => views.current.medicalEmergency.state,
      }),
      queue: () => views.current.medicalQueue.show(),
      emergencies: () => views.current.medicalEmergency.show(),
      read: readFrom(this.#ports.medicalSource),
    });
  }

  #tickets(guard: Guard) {
    const { record, views, clock, privateKey, rules } = this.#ports;
    const state = () => views.current.ticketSales.state;
    return createTicketRoutes({
      guards: guardsOf(guard, "tickets:read", "tickets:write"),
      state,
      desk: new TicketDesk({
        ...{ clock, record, rules: () => rules.tickets, privateKey, state },
        index: () => views.index,
        newTicket: () => randomBytes(16).toString("base64url") as TicketId,
      }),
    });
  }

  #payment(guard: Guard) {
    const { record, views, clock, timeZone, policies, rules } = this.#ports;
    const state = () => views.current.payments.state;
    return createPaymentRoutes({
      guards: guardsOf(guard, "payment:read", "payment:write"),
      ...{ state, clock, timeZone },
      desk: new PaymentDesk({
        ...{ clock, record, state, rules: () => rules.payment },
        ...{ tierOf: tierFrom(() => policies.table), phone: this.#ports.phone },
        phoneOf: (decision) => this.#phoneOf(decision),
      }),
    });
  }

  #taxi(guard: Guard) {
    const { record, views, clock, rules, placeCheck, status } = this.#ports;
    const lists = {
      rides: () => views.current.taxiRides.show(),
      claims: () => views.current.taxiClaims.show(),
      bookings: () => views.current.taxiBookings.show().bookings,
    };
    return createTaxiRoutes({
      guards: guardsOf(guard, "taxi:read", "taxi:write"),
      ...{ ...lists, clock },
      desk: new TaxiDesk({
        ...{ ...lists, clock, record, placeCheck, registry: this.taxiRegistry },
        hasProxy: (...of) => hasProxy(views.current.taxiBookings.state, ...of),
        terms: () => rules.taxi,
        companyOf: (vehicle) => status(vehicle).health?.company,
      }),
    });
  }

  #policy(guard: Guard) {
    const { clock, ledger, policies, timeZone, phone } = this.#ports;
    const read = guard("policy:read");
    return createPolicyRoutes({
      guards: { read, write: read },
      ...{ clock, ledger, policies, timeZone, verifiesPhones: phone !== undefined },
    });
  }

  #school(guard: Guard) {
    return createSchoolRoutes({
      guards: guardsOf(guard, "school:read", "school:write"),
      ...{ guardianGuard: guard("guardian:read"), school: this.#ports.school },
      placeCheck: this.#ports.placeCheck,
    });
  }

  /** What a phone signed for a decision, as long as it is kept. */
  #phoneOf({ device, sequence }: EventRef): PhoneSignature | undefined {
    const { ledger, vault } = this.#ports;
    const index = ledger.indexOf(device, sequence);
    const opening = index === undefined ? undefined : vault.openingOf(index);
    return opening && phoneIn(Buffer.from(opening.bytes, "base64url"));
  }

  /** Who proved themselves in an event, at a counter or a shelter's desk; nobody where it was refused. */
  #proofOf({ device, sequence }: EventRef): Proof | undefined {
    const { ledger } = this.#ports;
    const index = ledger.indexOf(device, sequence);
    const [found] = index === undefined ? [] : ledger.after(index - 1, 1);
    if (!found) return undefined;
    const { event, refusal } = placed(found);
    if (refusal !== null) return undefined;
    return proofIn(event, "counter") ?? proofIn(event, "shelter.identity-check");
  }
}
