import type { KeyObject } from "node:crypto";
import { errorCodeOf } from "#contract/errors.ts";
import type { EventBody } from "#contract/events.ts";
import type { Health } from "#contract/health.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import { isOver } from "#firmware-config/service-terms.ts";
import type { Clock } from "#runtime/clock.ts";
import { secretBytesFile } from "#runtime/key-file.ts";
import type { Log } from "#runtime/log.ts";
import { Handovers } from "../shelter/handovers.ts";
import { PersonDetailsStore } from "../shelter/person-details.ts";
import { dayIn } from "../views/view.ts";
import type { Views } from "../views/views.ts";
import { type AllowanceListPorts, allowanceList } from "./allowance-list.ts";
import { erasedList } from "./erased-list.ts";
import { ListSender } from "./list-sender.ts";
import { type NamesListPorts, namesList } from "./names-list.ts";
import { bookingList, termsList, ticketList } from "./service-lists.ts";
import { shelterList } from "./shelter-list.ts";

export interface BoxListPorts
  extends Pick<AllowanceListPorts, "settleByRegistry">,
    Pick<NamesListPorts, "names" | "protectedNames"> {
  readonly files: {
    readonly shelterDetails: string;
    readonly shelterKey: string;
    readonly handovers: string;
    readonly handoverKey: string;
  };
  readonly timeZone: string;
  /** What the city has decided, such as when services end. Read at each look. */
  readonly rules: CityRules;
  /** The gateway's own key, which its boxes know. */
  readonly privateKey: KeyObject;
  readonly clock: Pick<Clock, "wall">;
  readonly log: Log;
  views(): Views;
  record(body: EventBody): Promise<{ readonly index: number }>;
  send(device: DeviceId, sealed: string): Promise<void>;
}

/** What boxes need so that they can work alone, and what they bring when they are heard again. */
export class BoxLists implements Disposable {
  /** Names that people told at a desk or at a shelter's own box; sealed at rest. */
  readonly details: PersonDetailsStore;
  readonly #ports: BoxListPorts;
  readonly #handovers: Handovers;
  readonly #sender: ListSender;
  /** What each shelter's box last said that names are sealed to. */
  readonly #keys = new Map<DeviceId, string>();

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT, DATA_NEWER_VERSION or KEY_STORE_UNUSABLE. */
  constructor(ports: BoxListPorts) {
    this.#ports = ports;
    const { files, timeZone, privateKey, clock, rules, views, record, send } = ports;
    this.details = new PersonDetailsStore({
      database: files.shelterDetails,
      key: files.shelterKey,
    });
    this.#handovers = new Handovers({
      ...{ database: files.handovers, secret: secretBytesFile(files.handoverKey) },
      ...{ privateKey, record, details: this.details },
    });
    const rides = () => views().taxiRides.show();
    const allowance = allowanceList({
      ...{ record, rides, clock, privateKey, dayOf: dayIn(timeZone) },
      settleByRegistry: () => ports.settleByRegistry(),
      terms: () => rules.taxi,
    });
    const bookings = bookingList(() => views().taxiBookings.show().bookings, privateKey);
    const tickets = ticketList({
      ...{ state: () => views().ticketSales.state, privateKey },
      rules: () => rules.tickets,
    });
    const shelters = () => views().shelters.state;
    const people = shelterList(shelters, privateKey);
    const names = namesList({
      ...{ state: shelters, privateKey, record, keyOf: (device) => this.#keys.get(device) },
      ...{ names: () => ports.names(), protectedNames: () => ports.protectedNames() },
    });
    const erased = erasedList({
      ...{ privateKey, isErased: (person) => this.details.isErased(person) },
      handedBy: (device) => this.#handovers.handedBy(device),
    });
    this.#sender = new ListSender({
      send,
      isOver: (service, at) => isOver(service, at, rules.serviceTerms),
      everywhere: [termsList(() => rules.serviceTerms, privateKey)],
      sources: {
        "taxi.subsidised-ride": [allowance, bookings],
        "event.entry": [tickets],
        "shelter.check-in": [this.#handovers.keys, people, names, erased],
      },
    });
  }

  /** Sends what a box lacks; its health was verified. */
  async onHealth(health: Health, now: WallMs): Promise<void> {
    if (health.sealTo !== undefined) this.#keys.set(health.device, health.sealTo);
    await this.#sender.onHealth(health, now);
  }

  /** Takes over names, and answers at once with what is kept. What is no handover is logged and dropped. */
  async onHandover(device: DeviceId, sealed: string, key: KeyObject): Promise<void> {
    const { log, send } = this.#ports;
    try {
      await this.#handovers.take(device, sealed, key);
      const { sheets } = await this.#handovers.key(device);
      for (const sheet of sheets) await send(device, sheet);
    } catch (error) {
      log("handover.refused", { device, code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  [Symbol.dispose](): void {
    this.#handovers[Symbol.dispose]();
    this.details[Symbol.dispose]();
  }
}
