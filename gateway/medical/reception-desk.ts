import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { EventBody } from "#contract/events.ts";
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
import { type ConsentState, consentFlaw, hasConsent, mayLook } from "../views/medical-consent.ts";
import { holdsVisit, type QueueState } from "../views/medical-queue.ts";
import { keyOf } from "../views/proved-decisions.ts";
import { refusedFor } from "./refusals.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;
type Given = Body<"medical.consent-given">;

export interface ReceptionPorts extends ServiceDeskPorts {
  rules(): MedicalRules;
  /** What the views `medical.reception` and `medical.consent` hold now. */
  queue(): QueueState;
  consents(): ConsentState;
}

const dayMs = 24 * 3_600_000;

/** What a clerk does at a clinic's reception: each step is an event of the ledger. */
export class ReceptionDesk {
  readonly #ports: ReceptionPorts;
  readonly #holds = new Holds();

  constructor(ports: ReceptionPorts) {
    this.#ports = ports;
  }

  /** Takes somebody in who has no face or no card here, or does not want to use them. */
  async receive(
    asked: Omit<Body<"medical.received-by-hand">, "type">,
  ): Promise<Answer<{ visit: EventRef }>> {
    const body = { type: "medical.received-by-hand", ...asked } as const;
    return { ok: true, visit: await recordedRef(this.#ports, body) };
  }

  /** Refuses VISIT_UNKNOWN. */
  async call(visit: EventRef): Promise<Answer<{ visit: EventRef }>> {
    return await this.#onVisit({ type: "medical.called", visit });
  }

  /** Refuses VISIT_UNKNOWN. The first word of how a visit ended counts. */
  async end(
    visit: EventRef,
    how: Body<"medical.visit-ended">["how"],
  ): Promise<Answer<{ visit: EventRef }>> {
    return await this.#onVisit({ type: "medical.visit-ended", visit, how });
  }

  /**
   * Records a consent that the person signed with their card: `signed` is the decision that carries it.
   * Refuses with the flaw's code, DECISION_NOT_FRESH or CONSENT_TOO_LONG.
   */
  async consent(asked: Omit<Given, "type">): Promise<Answer<{ consent: EventRef }>> {
    return await this.#holds.while([keyOf(asked.signed)], async () => {
      const now = this.#ports.clock.wall();
      const rule = inForceAt(this.#ports.rules(), now);
      const state = this.#ports.consents();
      const flaw = consentFlaw(state, asked);
      if (flaw) return refusedFor(flaw);
      if (!isFresh(state.proofs.get(asked.signed)?.at, now, rule.decisionMinutesMax)) {
        return refusal(
          "DECISION_NOT_FRESH",
          "the card was not put down just now; ask for it again",
        );
      }
      if (asked.until <= now || asked.until > now + rule.consentDaysMax * dayMs) {
        const most = `at most ${rule.consentDaysMax} days from now`;
        return refusal("CONSENT_TOO_LONG", `a consent ends in the future, and ${most}`);
      }
      const body = { type: "medical.consent-given", ...asked } as const;
      return { ok: true, consent: await recordedRef(this.#ports, body) };
    });
  }

  /** Refuses CONSENT_UNKNOWN. Needs no card: taking back is never harder than giving. */
  async withdraw(consent: EventRef): Promise<Answer<{ consent: EventRef }>> {
    if (!hasConsent(this.#ports.consents(), consent))
      return refusal("CONSENT_UNKNOWN", "there is no such consent");
    await this.#ports.record({ type: "medical.consent-withdrawn", consent });
    return { ok: true, consent };
  }

  /** Whether a clinic may look at this of a person now. */
  mayLook(asked: Parameters<typeof mayLook>[1]): boolean {
    return mayLook(this.#ports.consents(), asked, this.#ports.clock.wall());
  }

  async #onVisit(
    body: Body<"medical.called"> | Body<"medical.visit-ended">,
  ): Promise<Answer<{ visit: EventRef }>> {
    if (!holdsVisit(this.#ports.queue(), body.visit)) {
      return refusal("VISIT_UNKNOWN", "there is no such visit in any queue");
    }
    await this.#ports.record(body);
    return { ok: true, visit: body.visit };
  }
}
