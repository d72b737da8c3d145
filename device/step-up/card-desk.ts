import { errorCodeOf } from "#contract/errors.ts";
import type { EventBody } from "#contract/events.ts";
import type { PersonId } from "#contract/ids.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { CardChannel, CardReaders, PresentedCard, SigningCard } from "../card/card.ts";
import { type Decision, decide } from "../policy/decide.ts";
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
  /** Resolves when the event would survive a power cut. */
  record(body: EventBody): Promise<{ readonly sequence: number }>;
  /** The screen, the sound, the gate. Called only after the event is on disk. */
  act(decision: Decision): void;
}

const pinWaitMs = 60_000;

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
    if (this.#serving || this.#stop.signal.aborted) return;
    this.#waiting?.over.abort();
    const over = new AbortController();
    this.#waiting = { ask, over };
    this.#ports.prompt.show({ step: "touch" });
    const timer = this.#giveUpLater(ask, over).finally(() => this.#timers.delete(timer));
    this.#timers.add(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#stopListening();
    await Promise.all([...this.#timers, this.#serving]);
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
    if (this.#serving || this.#stop.signal.aborted || !takesCards(this.#ports.policy)) return;
    this.#serving = this.#serve(card).catch((error) => {
      this.#ports.log("card.failed", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    });
    await this.#serving;
    this.#serving = undefined;
  }

  async #serve(card: PresentedCard): Promise<void> {
    const { prompt, openCard, stepUp, policy } = this.#ports;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.over.abort();
    prompt.show({ step: "read" });
    const ask = waiting?.ask ?? (await this.#openAsk());
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
    await this.#answer(ask, result);
  }

  /** Somebody came with a card and no face: the ask is written down first, so that it can be answered. */
  async #openAsk(): Promise<CardAsk> {
    const { record, stepUp } = this.#ports;
    const { sequence } = await record({
      type: "decision.made",
      service: stepUp.service,
      outcome: "ask-card",
      reason: "policy-needs-card",
      evidence: [],
    });
    return { sequence };
  }

  async #askPin(request: PinRequest, card: PresentedCard): Promise<Uint8Array | undefined> {
    const { prompt, clock } = this.#ports;
    prompt.show({ step: "pin", ...request });
    const over = new AbortController();
    const signal = AbortSignal.any([card.gone, this.#stop.signal, over.signal]);
    const patience = clock.sleep(pinWaitMs, signal).then(
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

  async #answer({ sequence }: CardAsk, { finding, evidence }: StepUpResult): Promise<void> {
    const { policy, stepUp, record, act, prompt } = this.#ports;
    const decision = decide(policy, { face: undefined, card: finding });
    await record({
      type: "decision.made",
      service: stepUp.service,
      outcome: decision.outcome,
      reason: decision.reason,
      ...(decision.person ? { person: stepUp.pseudonymOf(decision.person) } : {}),
      answers: sequence,
      ...(finding.kind === "refused" ? { cardRefusal: finding.code } : {}),
      evidence: evidence && decision.outcome === "admit" ? [evidence] : [],
    });
    prompt.show({ step: "done" });
    act(decision);
  }
}

/** A service that never asks for a card does not serve one that lies there by accident. */
function takesCards(policy: ServicePolicy): boolean {
  return (
    policy.method === "card" ||
    policy.whenUnsure === "ask-card" ||
    policy.whenUnknown === "ask-card"
  );
}
