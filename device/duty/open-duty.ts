import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Event } from "#contract/events.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import type { PersonId } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { BoxDuties } from "#firmware-config/box-duties.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import { BusBox } from "../bus/bus-box.ts";
import { busRoutes } from "../bus/bus-routes.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { EnrolRequest, EnrolResult } from "../kiosk/messages.ts";
import type { ListShelf } from "../lists/list-shelf.ts";
import { ReceptionBox } from "../medical/reception-box.ts";
import type { OperatorModule } from "../operator/operator-routes.ts";
import { HandingOver } from "../shelter/handing-over.ts";
import { ShelterBox } from "../shelter/shelter-box.ts";
import { shelterRoutes } from "../shelter/shelter-routes.ts";
import { ToldNames } from "../shelter/told-names.ts";
import { TaxiBox } from "../taxi/taxi-box.ts";
import { taxiRoutes } from "../taxi/taxi-routes.ts";
import { DoorBox } from "../tickets/door-box.ts";
import { doorRoutes } from "../tickets/door-routes.ts";
import { noPhone, type PhoneVerifier } from "../till/phone-verifier.ts";
import { Till } from "../till/till.ts";
import { tillRoutes } from "../till/till-routes.ts";
import type { Duty } from "./duty.ts";

export interface DutyPorts {
  readonly dataDir: string;
  readonly service: Service;
  readonly duties: BoxDuties;
  readonly policy: () => ServicePolicy;
  /** The city's rules, read at each look. */
  readonly rules: CityRules;
  readonly identity: DeviceIdentity;
  readonly gallery: GalleryStore;
  readonly lists: ListShelf;
  readonly outbox: Outbox;
  readonly clock: Clock & { readonly quality: Event["clock"] };
  readonly log: Log;
  readonly phone?: PhoneVerifier | undefined;
  /** It is certain that the service is over: nothing of its people is kept. */
  isEnded(): boolean;
  /** Names that were still held after the end of the service are gone. */
  onErased(): void;
  /** Hands a sealed handover to the gateway; false where nobody is there to take it. */
  publishHandover(sealed: string): boolean;
  /** Whoever stands before the camera is looked at again. */
  lookAgain(): void;
}

/** What the operator's pages need of the kiosk. */
export interface OperatorSeat {
  enrol(request: EnrolRequest, signal: AbortSignal): Promise<EnrolResult>;
}

/** A service's duty on its box, with what it does in the background and what an operator may do. */
export interface RunningDuty extends AsyncDisposable {
  readonly duty: Duty;
  start(): Promise<void>;
  modules(seat: OperatorSeat): readonly OperatorModule[];
  /** By what whoever was just admitted is called, where they get a number; undefined elsewhere. */
  slipOf?(person: PersonId): string | undefined;
  /** How many people's names lie on this box that somebody typed here. */
  namesHeld?(): number;
}

/** The duty of a service on this box, as far as its settings say where it stands; undefined for none. */
export function openDuty(ports: DutyPorts): RunningDuty | undefined {
  const { taxi, till, bus, shelter, tickets } = ports.duties;
  switch (ports.service) {
    case "shelter.check-in":
      return shelter && openShelter(ports, shelter);
    case "taxi.subsidised-ride": {
      if (!taxi) return undefined;
      const localTime = localTimeIn(ports.duties.timeZone);
      const dayOf = (at: number) => localTime(at).slice(0, 10);
      const box = new TaxiBox({ ...ports, taxi, dayOf, journal: journalOf(ports) });
      return quiet(box, [taxiRoutes(box)]);
    }
    case "event.entry": {
      if (tickets?.sells) return undefined;
      const box = new DoorBox({ ...ports, journal: journalOf(ports) });
      return quiet(box, [doorRoutes(box)]);
    }
    case "medical.reception": {
      const localTime = localTimeIn(ports.duties.timeZone);
      const dayOf = (at: number) => localTime(at).slice(0, 10);
      const box = new ReceptionBox({ ...ports, dayOf, journal: journalOf(ports) });
      return { ...quiet(box, []), slipOf: (person) => box.slipOf(person) };
    }
    case "payment": {
      if (!till) return undefined;
      const { phone = noPhone, lookAgain: onOpened } = ports;
      const freshSalt = () => randomBytes(16);
      const made = { till, phone, freshSalt, onOpened, journal: journalOf(ports) };
      const box = new Till({ ...ports, ...made });
      return quiet(box, [tillRoutes(box)]);
    }
    case "bus.boarding": {
      if (!bus) return undefined;
      const localTime = clockTimeIn(ports.duties.timeZone);
      const box = new BusBox({ ...ports, bus, localTime, journal: journalOf(ports) });
      return { ...quiet(box, [busRoutes(box)]), start: async () => box.start() };
    }
    default:
      return undefined;
  }
}

function openShelter(ports: DutyPorts, site: NonNullable<BoxDuties["shelter"]>): RunningDuty {
  const { dataDir, clock, duties, identity, lists, log, publishHandover: publish } = ports;
  const { isEnded, onErased } = ports;
  const files = { journal: journalOf(ports), names: join(dataDir, "shelter-names.db") };
  const { id: device, privateKey, galleryKey } = identity;
  const told = new ToldNames({ lists, privateKey: galleryKey.privateKey, clock, log });
  const box = new ShelterBox({ ...ports, files, site, told });
  const handing = new HandingOver({
    ...{ device, privateKey, names: box.names, lists, clock, log, publish, isEnded, onErased },
  });
  const announcing = new Rounds(
    { clock, log },
    {
      everyMs: 30_000,
      ...{ begins: "after-a-rest", failed: "shelter.failed", work: () => box.announce() },
    },
  );
  return {
    duty: box,
    namesHeld: () => box.names.held.length,
    async start() {
      handing.start();
      await told.start();
      await box.announce().catch(() => undefined); // An outbox that is full may take it later.
      announcing.start();
    },
    modules: ({ enrol }) => [
      shelterRoutes({
        ...{ box, clock, enrol, timeZone: duties.timeZone, waiting: () => handing.waiting },
      }),
    ],
    async [Symbol.asyncDispose]() {
      await announcing[Symbol.asyncDispose]();
      await handing[Symbol.asyncDispose]();
      await told[Symbol.asyncDispose]();
      box[Symbol.dispose]();
    },
  };
}

function quiet(
  box: Duty & (Disposable | AsyncDisposable),
  modules: readonly OperatorModule[],
): RunningDuty {
  return {
    duty: box,
    start: async () => undefined,
    modules: () => modules,
    async [Symbol.asyncDispose]() {
      if (Symbol.asyncDispose in box) await box[Symbol.asyncDispose]();
      else box[Symbol.dispose]();
    },
  };
}

const journalOf = ({ dataDir, service }: Pick<DutyPorts, "dataDir" | "service">) =>
  join(dataDir, `own-${service}.db`);

function clockTimeIn(timeZone: string) {
  const localTime = localTimeIn(timeZone);
  return (at: number) => {
    const [day = "", time = ""] = localTime(at).split(" ");
    return { day, time: time.slice(0, 5) };
  };
}
