import { errorCodeOf } from "#contract/errors.ts";
import type { EventBody, Evidence } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { PersonId } from "#contract/ids.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Alternative } from "#firmware-config/policy-alternative.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { CardChannel, CardReaders, PresentedCard, SigningCard } from "../card/card.ts";
import type { Duty, Turn } from "../duty/duty.ts";
import type { HeldProbe } from "../match/held-probe.ts";
import { takesCards } from "../policy/decide.ts";
import type { Decision } from "../policy/decision.ts";
import type { FaceFinding } from "../policy/findings.ts";
import { settle } from "../policy/settle.ts";
import { withoutRecord } from "../policy/without-record.ts";
import { type PinRequest, performStepUp, type StepUpPorts, type StepUpResult } from "./perform.ts";

/** What the screen shows while the door waits for a card and speaks with it. */
export type CardScreen =
  | { readonly step: "touch" | "read" | "sign" | "done" }
  | ({ readonly step: "pin" } & PinRequest);

/** Who stands at the door with a card: the screen and its keypad. */
export interface CardPrompt {
  show(screen: CardScreen): void;
  /** ASCII digits, wiped by whoever asked; undefined when none came before `signal` aborted. */
  askPin(request: PinRequest, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** An event that asked for a card, and whom the face in it resembles. */
export interface CardAsk {
  readonly sequence: number;
  readonly likely?: PersonId | undefined;
  /** A proven face that the card completes, where the service's method is both. */
  readonly face?: FaceFinding | undefined;
  /** What that face contributed, for the event in which both count. */
  readonly seen?: Evidence | undefined;
  /** What the face looked like, if there was one; the desk wipes it. */
  readonly probe?: HeldProbe | undefined;
  /** The transaction that the ask is part of. */
  readonly turn?: Turn | undefined;
}

export interface CardDeskPorts {
  readonly readers: CardReaders;
  readonly prompt: CardPrompt;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: ServicePolicy;
  readonly stepUp: Omit<StepUpPorts, "personOf" | "askPin" | "onSigning" | "factor">;
  openCard(channel: CardChannel): Promise<SigningCard>;
  personOf(card: CardIdentity, likely: PersonId | undefined): PersonId | undefined;
  /** What the service does beside the card; undefined where it does nothing. */
  readonly duty?: Duty | undefined;
  /** Resolves when the event would survive a power cut; undefined where none can be written down. */
  record(
    body: EventBody,
    openings?: readonly Opening[],
  ): Promise<{ readonly sequence: number } | undefined>;
  /** A decision that stands without a record, by the policy's rule. */
  missed(decision: Decision): void;
  /** The screen, the sound, the gate. Called only after the event is on disk, or by that rule. */
  act(decision: Decision, instead?: Alternative): void;
}

/** Work that somebody came for with their card, other than to be let in: a consent, its end. */
export interface CardErrand {
  /** Called with the next card that is put down; `channel` speaks to whatever else is on it. */
  serve(card: SigningCard, askPin: StepUpPorts["askPin"], channel: CardChannel): Promise<void>;
}

const pinWaitMs = 60_000;
/** Up to 16 letters and digits are looked up first, and typed on glass. */
const passwordWaitMs = 180_000;

/**
 * Where a face that was not enough meets its card. The door asks and waits; whoever puts a card down
 * without having been asked is served as well, since not everybody can stand before the camera. One
 * card is served at a time, and each ask gets at most one answer.
 */
export class CardDesk implements AsyncDisposable {
  readonly #ports: CardDeskPorts;
  readonly #stop = new AbortController();
  readonly #stopListening: () => void;
  #waiting: { readonly ask: CardAsk; readonly over: AbortController } | undefined;
  #serving: Promise<void> | undefined;
  #errand: CardErrand | undefined;
  #timers = new Set<Promise<void>>();

  constructor(ports: CardDeskPorts) {
    this.#ports = ports;
    this.#stopListening = ports.readers.onCard((card) => this.#onCard(card));
  }

  /** True while the screen belongs to somebody with a card. */
  get isBusy(): boolean {
    return this.#serving !== undefined;
  }

  /** Asks for a card on behalf of an event that is on disk. A newer ask takes an older one's place. */
  ask(ask: CardAsk): void {
    if (this.#serving || this.#stop.signal.aborted) {
      ask.probe?.wipe();
      return;
    }
    this.#forgetWaiting();
    const over = new AbortController();
    ask = { ...ask, turn: ask.turn ?? this.#ports.duty?.begin() };
    this.#waiting = { ask, over };
    this.#ports.prompt.show({ step: "touch" });
    const timer = this.#giveUpLater(ask, over).finally(() => this.#timers.delete(timer));
    this.#timers.add(timer);
  }

  /**
   * Gives the next card to an errand in place of a decision, until `signal` aborts. Resolves when it was
   * served; false when nobody came with a card, or somebody else's errand waits.
   */
  async lend(errand: CardErrand, signal: AbortSignal): Promise<boolean> {
    if (this.#errand || this.#serving || this.#stop.signal.aborted) return false;
    this.#forgetWaiting();
    const { promise: served, resolve } = withResolvers<boolean>();
    const over = AbortSignal.any([signal, this.#stop.signal]);
    const cancel = () => resolve(false);
    over.addEventListener("abort", cancel, { once: true });
    if (over.aborted) cancel();
    this.#errand = {
      async serve(card, askPin, channel) {
        over.removeEventListener("abort", cancel);
        try {
          await errand.serve(card, askPin, channel);
        } finally {
          resolve(true);
        }
      },
    };
    this.#ports.prompt.show({ step: "touch" });
    try {
      return await served;
    } finally {
      this.#errand = undefined;
      this.#ports.prompt.show({ step: "done" });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#stopListening();
    this.#forgetWaiting();
    await Promise.all([...this.#timers, this.#serving]);
  }

  /** Nobody is waited for any more, and what they looked like is wiped. */
  #forgetWaiting(): void {
    this.#waiting?.over.abort();
    this.#waiting?.ask.probe?.wipe();
    this.#waiting = undefined;
  }

  async #giveUpLater(ask: CardAsk, over: AbortController): Promise<void> {
    const { clock, policy } = this.#ports;
    const stop = AbortSignal.any([over.signal, this.#stop.signal]);
    const isOver = await clock.sleep(policy.card.waitSeconds * 1_000, stop).then(
      () => true,
      () => false,
    );
    if (!isOver || this.#waiting?.ask !== ask) return;
    this.#waiting = undefined;
    await this.#answer(ask, { finding: { kind: "not-given" } });
  }

  async #onCard(card: PresentedCard): Promise<void> {
    if (this.#serving || this.#stop.signal.aborted) return;
    const errand = this.#errand;
    if (!errand && !takesCards(this.#ports.policy)) return;
    const served = errand ? this.#run(errand, card) : this.#serve(card);
    this.#serving = served.catch((error) => {
      this.#ports.log("card.failed", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    });
    await this.#serving;
    this.#serving = undefined;
  }

  async #run(errand: CardErrand, card: PresentedCard): Promise<void> {
    this.#ports.prompt.show({ step: "read" });
    const opened = await this.#ports.openCard(card);
    await errand.serve(opened, (request) => this.#askPin(request, card), card);
  }

  async #serve(card: PresentedCard): Promise<void> {
    const { prompt, openCard, stepUp, policy } = this.#ports;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.over.abort();
    const turn = waiting?.ask.turn ?? this.#ports.duty?.begin();
    // Nothing is asked of anybody at the moment.
    if (this.#ports.duty && !turn) return waiting?.ask.probe?.wipe();
    prompt.show({ step: "read" });
    const ask = waiting?.ask ?? (await this.#openAsk());
    if (!ask) return this.#actUnrecorded({ outcome: "ask-card", reason: "policy-needs-card" });
    const request = { asked: ask.sequence, isVirtual: card.isVirtual };
    const result = await openCard(card).then(
      (opened) =>
        performStepUp(opened, request, {
          ...{ ...stepUp, factor: policy.card.factor },
          personOf: (identity) => this.#ports.personOf(identity, ask.likely),
          askPin: (pin) => this.#askPin(pin, card),
          onSigning: () => prompt.show({ step: "sign" }),
        }),
      (error): StepUpResult => {
        const code = errorCodeOf(error);
        if (code === undefined) throw error;
        const isGone = code === "CARD_GONE";
        return { finding: isGone ? { kind: "not-given" } : { kind: "refused", code } };
      },
    );
    await this.#answer({ ...ask, turn }, result);
  }

  /** Somebody came with a card and no face: the ask is written down first, so that it can be answered. */
  async #openAsk(): Promise<CardAsk | undefined> {
    const { record, stepUp } = this.#ports;
    return await record({
      type: "decision.made",
      service: stepUp.service,
      outcome: "ask-card",
      reason: "policy-needs-card",
      evidence: [],
    });
  }

  #actUnrecorded(decision: Decision): void {
    const { policy, missed, prompt, act } = this.#ports;
    const acted = withoutRecord(policy, decision);
    missed(acted);
    prompt.show({ step: "done" });
    act(acted);
  }

  async #askPin(request: PinRequest, card: PresentedCard): Promise<Uint8Array | undefined> {
    const { prompt, clock } = this.#ports;
    prompt.show({ step: "pin", ...request });
    const over = new AbortController();
    const signal = AbortSignal.any([card.gone, this.#stop.signal, over.signal]);
    const waitMs = request.secret === "password" ? passwordWaitMs : pinWaitMs;
    const patience = clock.sleep(waitMs, signal).then(
      () => over.abort(),
      () => undefined,
    );
    try {
      return await prompt.askPin(request, signal);
    } finally {
      over.abort();
      await patience;
    }
  }

  async #answer(ask: CardAsk, { finding, proof }: StepUpResult): Promise<void> {
    const { policy, stepUp, record, act, prompt } = this.#ports;
    const { sequence, face, seen, turn, probe } = ask;
    const person = finding.kind === "proved" ? finding.person : undefined;
    if (person) probe?.proved(person);
    probe?.wipe();
    const atHand = { ...turn?.findings(person), face, card: finding };
    const row = policyFor(policy, turn?.request);
    const { decision, factors, alternative } = settle(row, atHand);
    const shown = proof && decision.outcome === "admit" ? [proof] : [];
    // Face and card together are one event with both: what one event alone does not show, it does not prove.
    const beside = shown.length > 0 && factors.includes("face") && seen ? [seen] : [];
    const body: EventBody = {
      type: "decision.made",
      service: stepUp.service,
      outcome: decision.outcome,
      reason: decision.reason,
      ...(decision.person ? { person: stepUp.pseudonymOf(decision.person) } : {}),
      ...(decision.actsFor ? { actsFor: decision.actsFor } : {}),
      ...(factors.length > 0 ? { factors: [...factors] } : {}),
      answers: sequence,
      ...(finding.kind === "refused" ? { cardRefusal: finding.code } : {}),
      evidence: [...beside, ...shown.map(({ evidence }) => evidence)],
    };
    const openings = shown.map(({ opening }) => opening);
    const recorded = await record(body, openings);
    if (!recorded) return this.#actUnrecorded(decision);
    await turn?.decided({ decision, factors, sequence: recorded.sequence });
    prompt.show({ step: "done" });
    act(decision, alternative);
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
