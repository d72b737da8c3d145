import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { EventBody } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { ConsentDesk } from "../consent/consent-desk.ts";
import { fuseTemplates } from "../enrolment/enrol.ts";
import { checkedName } from "../enrolment/photo-folder.ts";
import type { GuidedEnrolment } from "../kiosk/guided-enrolment.ts";
import type { EnrolRequest, EnrolResult } from "../kiosk/messages.ts";
import type { CardErrand } from "../step-up/card-desk.ts";
import { type ClerksAnswer, ClerksQuestion, type CounterView } from "./clerks-question.ts";
import { readWard, type SignedByGuardian, type WardCardPorts } from "./ward-at-counter.ts";

/** Somebody who is already enrolled and whom a face resembles, and how often a stranger would as much. */
export interface Resemblance {
  readonly person: PersonId;
  readonly falseMatchRate: number;
}

export interface CounterPorts extends WardCardPorts {
  readonly sitting: Pick<GuidedEnrolment, "enrol" | "progress">;
  /** Where consents are signed; undefined in a trial, where the face alone is enrolled. */
  readonly consents:
    | Pick<ConsentDesk, "withCard" | "identify" | "enrolWith" | "wardWith" | "wardNamed">
    | undefined;
  /** Who of the enrolled resembles a face, best first; never `except`. */
  resembling(template: Float32Array, except: PersonId | undefined): Promise<readonly Resemblance[]>;
  /** How often a stranger's face would be as similar as these two: their cosine's false match rate. */
  falseMatchRateOf(one: Float32Array, other: Float32Array): number;
  nameOf(person: PersonId): string | undefined;
  /** Keeps somebody in a trial. */
  keepInTrial(name: string, template: Float32Array): { person: PersonId; renewed: boolean };
  markLookAlikes(one: PersonId, other: PersonId): void;
  record(body: Compared | PhotographCompared): Promise<unknown>;
  pseudonymOf(person: PersonId): Compared["other"];
  readonly service: Service;
  /** The person's screen: pictures begin, and how it ended. */
  onBegun(): void;
  onEnded(result: EnrolResult): void;
}

type Compared = Extract<EventBody, { type: "enrolment.compared" }>;
type PhotographCompared = Extract<EventBody, { type: "enrolment.photograph-compared" }>;

/** What a clerk has typed and read out. */
export interface CounterRequest {
  readonly name: string;
  /** What the person has agreed to, after it was read to them; empty in a trial. */
  readonly agreed: NonNullable<EnrolRequest["agreed"]>;
  /** Number B of the card as ASCII digits, to compare with its photograph; wiped after. */
  readonly numberB: Uint8Array | undefined;
  /** That the card signs now, and the pictures follow from a class's folder. */
  readonly later?: boolean | undefined;
  /** That a guardian's card signs in place of the person's own. */
  readonly guardian?: SignedByGuardian | undefined;
}

interface AtHand {
  readonly owner: PersonId;
  readonly photograph: Float32Array | undefined;
  sign(template: Float32Array | undefined): Promise<{ person: PersonId; renewed: boolean }>;
}

/**
 * An enrolment at a counter: the card first, then its photograph where it can be read, then the face, then
 * what a clerk is asked, and at last the signature; before it nothing is kept. What the machine finds is put
 * to the clerk as a question with its odds, and the clerk decides.
 */
export class CounterEnrolment {
  readonly #ports: CounterPorts;
  readonly #clerk = new ClerksQuestion();
  #step: Exclude<CounterView["step"], "question"> = "idle";
  #ended: EnrolResult | undefined;
  /** What ended well was a consent alone. */
  #isLater = false;
  #running: AbortController | undefined;

  constructor(ports: CounterPorts) {
    this.#ports = ports;
  }

  /** What the clerk's page shows. */
  get view(): CounterView {
    const { progress } = this.#ports.sitting;
    const { asked } = this.#clerk;
    return {
      step: asked ? "question" : this.#step,
      ...(asked ? { question: asked } : {}),
      ...(this.#step === "pictures" && progress ? { progress } : {}),
      ...(this.#ended ? { ended: this.#ended } : {}),
      ...(this.#isLater ? { later: true } : {}),
    };
  }

  /** Begins; `view` tells how it goes on. Throws ENROLMENT_BUSY, NAME_INVALID, and USAGE for a guardian in a trial. */
  begin(request: CounterRequest): void {
    if ((request.guardian || request.later) && !this.#ports.consents) {
      throw new TeburaError("USAGE", "no card signs in a trial, a guardian's neither");
    }
    if (this.#running) throw new TeburaError("ENROLMENT_BUSY", "somebody is being enrolled here");
    const checked = { ...request, name: checkedName(request.name) };
    this.#running = new AbortController();
    this.#ended = undefined;
    this.#isLater = false;
    void this.#run(checked, this.#running.signal);
  }

  /** The clerk's answer to what is asked. Throws USAGE when nothing is, or not that. */
  answer(answer: ClerksAnswer): void {
    this.#clerk.answer(answer);
  }

  /** Nothing is kept. */
  cancel(): void {
    this.#running?.abort();
  }

  async #run(request: CounterRequest, signal: AbortSignal): Promise<void> {
    const { onEnded } = this.#ports;
    try {
      const enrolled = await this.#enrolled(request, signal);
      this.#ended = { ok: true, renewed: enrolled.renewed };
      this.#isLater = request.later === true;
    } catch (error) {
      const code = signal.aborted ? "STOPPED" : (errorCodeOf(error) ?? "UNREACHABLE");
      this.#ended = { ok: false, code, message: error instanceof Error ? error.message : code };
    } finally {
      request.numberB?.fill(0);
      request.guardian?.textPin?.fill(0);
      this.#step = "idle";
      this.#running = undefined;
    }
    // Nobody is told at the door to come with empty hands before their face is known.
    if (!this.#isLater) onEnded(this.#ended);
  }

  async #enrolled(request: CounterRequest, signal: AbortSignal) {
    const { consents } = this.#ports;
    if (!consents) return await this.#enrol(request, undefined, signal);
    const { guardian } = request;
    if (!guardian) return await this.#withCard(consents, request, signal);
    return await this.#withGuardian(consents, { ...request, guardian }, signal);
  }

  /** The ward's card tells who they are and lies there no longer than that; the guardian's comes last, and signs. */
  async #withGuardian(
    consents: Consents,
    request: CounterRequest & { readonly guardian: SignedByGuardian },
    signal: AbortSignal,
  ) {
    if (request.guardian.ward === "card") this.#step = "ward-card";
    const { ward, photograph } = await readWard(consents, request, this.#ports, signal);
    const { name, agreed } = request;
    const sign: AtHand["sign"] = async (template) => {
      this.#step = "guardian-card";
      return await consents.withCard(async (card, askPin) => {
        this.#step = "signing";
        return await consents.enrolWith(card, askPin, {
          name,
          agreed,
          templates: template ? [template] : [],
          ward,
        });
      }, signal);
    };
    try {
      return await this.#enrol(request, { owner: ward.person, photograph, sign }, signal);
    } finally {
      photograph?.fill(0);
    }
  }

  async #withCard(consents: Consents, request: CounterRequest, signal: AbortSignal) {
    this.#step = "card";
    const { agreed, name, numberB } = request;
    return await consents.withCard(async (...[card, askPin, channel]: Served) => {
      const owner = await consents.identify(card);
      const photograph = numberB
        ? await this.#ports.photographTemplate(channel, numberB)
        : undefined;
      const sign: AtHand["sign"] = async (template) => {
        const again = photograph ? await this.#ports.openCard(channel) : card;
        return await consents.enrolWith(again, askPin, {
          ...{ name, agreed },
          templates: template ? [template] : [],
        });
      };
      try {
        return await this.#enrol(request, { owner, photograph, sign }, signal);
      } finally {
        photograph?.fill(0);
      }
    }, signal);
  }

  async #enrol(request: CounterRequest, atHand: AtHand | undefined, signal: AbortSignal) {
    const { keepInTrial, markLookAlikes, onBegun } = this.#ports;
    if (atHand && request.later) {
      this.#step = "signing";
      return await atHand.sign(undefined);
    }
    for (;;) {
      this.#step = "pictures";
      onBegun();
      const template = await this.#look(request, signal);
      try {
        const verdict = await this.#ask(template, atHand, signal);
        if (verdict.answer === "again") continue;
        this.#step = "signing";
        const kept = atHand ? await atHand.sign(template) : keepInTrial(request.name, template);
        for (const { person, falseMatchRate } of verdict.different) {
          markLookAlikes(kept.person, person);
          await this.#record(kept.person, person, falseMatchRate, "different");
        }
        return kept;
      } finally {
        template.fill(0);
      }
    }
  }

  /** One sitting before the camera. */
  async #look({ name }: CounterRequest, signal: AbortSignal): Promise<Float32Array> {
    let fused: Float32Array | undefined;
    const keep = async (_: EnrolRequest, templates: readonly Float32Array[]) => {
      fused = fuseTemplates(templates);
      return { renewed: false };
    };
    const result = await this.#ports.sitting.enrol({ name, consent: true }, signal, keep);
    if (result.ok && fused) return fused;
    fused?.fill(0);
    const [code, message] = result.ok
      ? (["STOPPED", "stopped"] as const)
      : [result.code, result.message];
    throw new TeburaError(code, message);
  }

  /** Puts to the clerk what the face resembles. Throws PERSON_ENROLLED where they say that it is the same person. */
  async #ask(template: Float32Array, atHand: AtHand | undefined, signal: AbortSignal) {
    const { resembling, nameOf, falseMatchRateOf } = this.#ports;
    const different: Resemblance[] = [];
    if (atHand?.photograph) {
      const falseMatchRate = falseMatchRateOf(template, atHand.photograph);
      const answer = await this.#clerk.ask({ about: "photograph", falseMatchRate }, signal);
      if (answer === "again") return { answer, different };
      const { record, pseudonymOf, service } = this.#ports;
      const person = pseudonymOf(atHand.owner);
      await record({ type: "enrolment.photograph-compared", service, person, answer });
      if (answer === "different") {
        throw new TeburaError("CARD_REFUSED", "the clerk says that the card is somebody else's");
      }
    }
    for (const found of await resembling(template, atHand?.owner)) {
      const { person, falseMatchRate } = found;
      const name = nameOf(person) ?? null;
      const answer = await this.#clerk.ask({ about: "enrolled", name, falseMatchRate }, signal);
      if (answer === "again") return { answer, different };
      if (answer === "different") different.push(found);
      else {
        await this.#record(atHand?.owner, person, falseMatchRate, "same");
        throw new TeburaError(
          "PERSON_ENROLLED",
          "this person is enrolled already; a new card takes the old one's place at the gateway " +
            '("tebura registry replace"), and nothing was kept here',
        );
      }
    }
    return { answer: "go-on" as const, different };
  }

  async #record(
    person: PersonId | undefined,
    other: PersonId,
    falseMatchRate: number,
    answer: Compared["answer"],
  ): Promise<void> {
    const { record, pseudonymOf, service } = this.#ports;
    await record({
      type: "enrolment.compared",
      service,
      ...(person ? { person: pseudonymOf(person) } : {}),
      other: pseudonymOf(other),
      ...{ falseMatchRate, answer },
    });
  }
}

type Consents = NonNullable<CounterPorts["consents"]>;
type Served = Parameters<CardErrand["serve"]>;
