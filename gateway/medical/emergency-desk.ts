import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { DataCategory } from "#contract/bodies/medical.ts";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import type { MedicalRules } from "#firmware-config/medical.ts";
import {
  type Answer,
  isFresh,
  recordedRef,
  refusal,
  type ServiceDeskPorts,
} from "../desk/answer.ts";
import { Holds } from "../desk/holds.ts";
import {
  type EmergencyLookup,
  type EmergencyState,
  emergencyFlaw,
  lookupsIn,
} from "../views/medical-emergency.ts";
import { keyOf } from "../views/proved-decisions.ts";
import { refusedFor } from "./refusals.ts";

type Opened = Extract<EventBody, { type: "medical.emergency-opened" }>;
type Told = Extract<EventBody, { type: "medical.notice-given" }>;

export interface EmergencyPorts extends ServiceDeskPorts {
  rules(): MedicalRules;
  /** What the view `medical.emergency` holds now. */
  state(): EmergencyState;
}

const dayMs = 24 * 3_600_000;
const minuteMs = 60_000;

/**
 * Lets two of a crew look up somebody who cannot be asked. Every kind of data is on record before it is
 * shown, and from the first moment the person is owed a notice.
 */
export class EmergencyDesk {
  readonly #ports: EmergencyPorts;
  readonly #holds = new Holds();

  constructor(ports: EmergencyPorts) {
    this.#ports = ports;
  }

  /** Refuses with the flaw's code, or DECISION_NOT_FRESH when a card was put down for something else. */
  async open(
    asked: Pick<Opened, "subject" | "reason" | "crew">,
  ): Promise<Answer<{ lookup: EventRef; until: WallMs; noticeDueAt: WallMs }>> {
    return await this.#holds.while(asked.crew.map(keyOf), async () => {
      const { clock, rules } = this.#ports;
      const now = clock.wall();
      const rule = inForceAt(rules(), now);
      const state = this.#ports.state();
      const spent = new Set(
        lookupsIn(state)
          .filter(({ flaw }) => flaw === null)
          .flatMap(({ crew }) => crew.map(keyOf)),
      );
      const flaw = emergencyFlaw(state, { crew: asked.crew, at: now }, spent);
      if (flaw) return refusedFor(flaw);
      const times = asked.crew.map((decision) => state.proofs.get(decision)?.at);
      if (!times.every((at) => isFresh(at, now, rule.crewMinutesMax))) {
        return refusal("DECISION_NOT_FRESH", "a card of the crew was not put down for this");
      }
      const until = (now + rule.emergencyMinutes * minuteMs) as WallMs;
      const noticeDueAt = (now + rule.noticeDaysMax * dayMs) as WallMs;
      const body = { type: "medical.emergency-opened", ...asked, until, noticeDueAt } as const;
      return { ok: true, lookup: await recordedRef(this.#ports, body), until, noticeDueAt };
    });
  }

  /**
   * Records what is about to be shown, and only then reads it. What `read` gives goes to the screen
   * and nowhere else. Refuses LOOKUP_UNKNOWN, LOOKUP_REFUSED and LOOKUP_OVER; what `read` throws
   * comes through, with the record of the attempt in place.
   */
  async show<Data>(
    ref: EventRef,
    categories: readonly DataCategory[],
    read: (subject: Pseudonym, categories: readonly DataCategory[]) => Promise<Data>,
  ): Promise<Answer<{ data: Data }>> {
    const lookup = this.#find(ref);
    if (!lookup) return unknownLookup;
    if (lookup.flaw) return refusal("LOOKUP_REFUSED", "the look-up should not have been opened");
    if (this.#ports.clock.wall() >= lookup.until) {
      return refusal("LOOKUP_OVER", "the time of this look-up is over; open another one");
    }
    const body = { type: "medical.emergency-shown", lookup: ref, categories: [...categories] };
    await this.#ports.record(body as EventBody);
    return { ok: true, data: await read(lookup.subject, categories) };
  }

  /** Records that the person, or who speaks for them, was told. Refuses LOOKUP_UNKNOWN. */
  async tell(asked: Omit<Told, "type">): Promise<Answer<{ notice: EventRef }>> {
    if (!this.#find(asked.lookup)) return unknownLookup;
    const body = { type: "medical.notice-given", ...asked } as const;
    return { ok: true, notice: await recordedRef(this.#ports, body) };
  }

  /** Lets somebody be one of two who look people up, until a time. Refuses DAY_INVALID for one that is over. */
  async admitCrew(crew: Pseudonym, until: WallMs): Promise<Answer<{ crew: Pseudonym }>> {
    if (until <= this.#ports.clock.wall()) {
      return refusal("DAY_INVALID", "that time is over already: nobody would be admitted");
    }
    await this.#ports.record({ type: "medical.crew-admitted", crew, until });
    return { ok: true, crew };
  }

  /** Whoever it is, admitted or not: to dismiss somebody is never the wrong moment. */
  async dismissCrew(crew: Pseudonym): Promise<Answer<{ crew: Pseudonym }>> {
    await this.#ports.record({ type: "medical.crew-dismissed", crew });
    return { ok: true, crew };
  }

  #find(ref: EventRef): EmergencyLookup | undefined {
    const key = keyOf(ref);
    return lookupsIn(this.#ports.state()).find(({ lookup }) => keyOf(lookup) === key);
  }
}

const unknownLookup = refusal("LOOKUP_UNKNOWN", "there is no such look-up");
