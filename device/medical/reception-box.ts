import type { Event } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { Duty, Turn } from "../duty/duty.ts";
import { type OwnEvent, OwnJournal } from "../duty/own-journal.ts";
import type { DeviceIdentity } from "../identity/identity.ts";

export interface ReceptionBoxPorts {
  readonly journal: string;
  readonly identity: Pick<DeviceIdentity, "id" | "pseudonymOf">;
  readonly outbox: Pick<Outbox, "read" | "lastSequence">;
  readonly dayOf: (at: number) => string;
}

const service = "medical.reception";

/** Face and card in one event: what gives a place in a clinic's queue. */
const isArrival = ({ body }: Event) =>
  body.type === "decision.made" &&
  body.service === service &&
  body.outcome === "admit" &&
  body.evidence.some((one) => one.kind === "face" && one.liveness !== "failed") &&
  body.evidence.some(({ kind }) => kind === "card");

/**
 * A clinic's box beside its decisions: it tells each patient the slip by which the clinic calls them, counted on
 * this box alone, so that it needs no network and never changes. The place in the queue is the gateway's word.
 */
export class ReceptionBox implements Duty, Disposable {
  readonly #ports: ReceptionBoxPorts;
  readonly #journal: OwnJournal;

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: ReceptionBoxPorts) {
    this.#ports = ports;
    const { journal: path, outbox } = ports;
    this.#journal = new OwnJournal({ path, outbox, wants: isArrival });
  }

  begin(): Turn {
    return {
      findings: () => ({}),
      decided: async () => {
        this.#journal.follow();
      },
    };
  }

  /** The slip of somebody who arrived last on their day; who comes again that day is told their first. */
  slipOf(person: PersonId): string | undefined {
    const { identity, dayOf } = this.#ports;
    const pseudonym = identity.pseudonymOf(service, person);
    const isTheirs = ({ event: { body } }: OwnEvent) =>
      body.type === "decision.made" && body.person === pseudonym;
    const last = this.#journal.events.findLast(isTheirs);
    if (!last) return undefined;
    const day = dayOf(last.event.at);
    const ofDay = this.#journal.events.filter(({ event }) => dayOf(event.at) === day);
    return `${identity.id}-${ofDay.findIndex(isTheirs) + 1}`;
  }

  [Symbol.dispose](): void {
    this.#journal[Symbol.dispose]();
  }
}
