import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openSheet } from "#contract/box-lists.ts";
import { errorCodeOf } from "#contract/errors.ts";
import type { EventBody, Evidence } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { Health } from "#contract/health.ts";
import { type DeviceId, deviceIdSchema, type PersonId, type Pseudonym } from "#contract/ids.ts";
import { openLease } from "#contract/leases.ts";
import type { CardNameOf, PseudonymOf } from "#contract/pseudonym.ts";
import { openAnswer } from "#contract/receipts.ts";
import { seal } from "#contract/seal.ts";
import type { Service } from "#contract/services.ts";
import type { TaxiAllowance } from "#contract/taxi-allowance.ts";
import type { DownChannel } from "#contract/topics.ts";
import type { SigningCard } from "#device/card/card.ts";
import { Outbox } from "#device/delivery/outbox.ts";
import { messageOf } from "#device/delivery/outbox-store.ts";
import { decide } from "#device/policy/decide.ts";
import type { Decision } from "#device/policy/decision.ts";
import type { FaceFinding, TicketFinding } from "#device/policy/findings.ts";
import { NonceStore } from "#device/step-up/nonce-store.ts";
import { performStepUp, type StepUpPorts } from "#device/step-up/perform.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import type { InsideTransport } from "#gateway/broker/inside.ts";
import type { Clock } from "#runtime/clock.ts";

export interface DemoBoxPorts {
  readonly folder: string;
  readonly clock: Clock;
  readonly transport: InsideTransport;
  readonly gatewayKey: KeyObject;
  readonly pseudonymOf: PseudonymOf;
  readonly cardNameOf: CardNameOf;
  readonly cardRules: StepUpPorts["rules"];
  /** Resolves when the gateway has worked off what it was given. */
  settled(): Promise<void>;
}

/** What a door asks beside who somebody is. */
export interface Asked {
  readonly amountYen?: number;
  readonly ticket?: TicketFinding;
  /** Where a desk asks for something else than the service's door does. */
  readonly policy?: ServicePolicy;
}

/** What the camera and the gallery would say of somebody at the door. */
export interface Look {
  readonly person?: PersonId | undefined;
  /** How often a stranger would be named at such a score. */
  readonly rate?: number;
  readonly margin?: number;
  readonly liveness?: FaceFinding["liveness"];
}

/** A card that is put down, upon an event that asked for it. */
export interface Touch extends Pick<Asked, "amountYen" | "policy"> {
  readonly asked: number;
  readonly person: PersonId | undefined;
  /** The face that was seen before, where both count together. */
  readonly look?: Look;
}

const inFlight = 64;
/** What a lease of nonces takes at most, in turns of the event loop. */
const turnsMax = 1_000;

function seen({ person, rate = 1e-5, margin = 0.2, liveness = "passed" }: Look) {
  const best = person && {
    ...{ person, margin, hasLookAlike: false },
    falsePositiveIdentificationRate: rate,
  };
  const face: FaceFinding = { usable: true, liveness, best };
  const falseMatchRate = best ? rate : null;
  const evidence: Evidence = {
    ...{ kind: "face", model: "dlib-resnet", frames: 5, falseMatchRate, liveness },
  };
  return { face, evidence };
}

/**
 * A box of the demonstration: the appliance's own outbox, decision, nonces and card conversation, with
 * a look in place of a camera. What it seals is what a box at a door would seal.
 */
export class DemoBox implements Disposable {
  readonly id: DeviceId;
  readonly service: Service;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly outbox: Outbox;
  readonly nonces: NonceStore;
  /** Why the gateway refused what this box sent, newest last. */
  readonly refusals: string[] = [];
  /** The newest allowance that this box counts a taxi's rides from; null where it got none. */
  allowance: TaxiAllowance | null = null;
  /** Rides that this box has given since, by person. */
  readonly rides = new Map<Pseudonym, number>();
  readonly #ports: DemoBoxPorts;
  #cut: (() => void) | undefined;

  constructor(id: string, service: Service, ports: DemoBoxPorts) {
    this.id = deviceIdSchema.parse(id);
    this.service = service;
    this.#ports = ports;
    ({ privateKey: this.privateKey, publicKey: this.publicKey } = generateKeyPairSync("ed25519"));
    this.outbox = new Outbox({
      path: join(ports.folder, `${id}.db`),
      ...{ device: this.id, privateKey: this.privateKey },
      wall: () => ports.clock.wall(),
      clockQuality: () => "synced",
    });
    this.nonces = new NonceStore(join(ports.folder, `${id}-nonces.db`));
  }

  get isOnline(): boolean {
    return this.#cut !== undefined;
  }

  goOnline(): void {
    const { transport } = this.#ports;
    this.#cut ??= transport.connect(this.id, (channel, sealed) => this.#hear(channel, sealed));
  }

  goOffline(): void {
    this.#cut?.();
    this.#cut = undefined;
  }

  /** Decides on a look as the policy says, and writes it down. */
  async see(
    look: Look,
    { ticket, policy = defaultPolicyTable[this.service], ...request }: Asked = {},
  ): Promise<Decision & { readonly sequence: number }> {
    const { face, evidence } = seen(look);
    const decision = decide(policy, { face, ticket }, request);
    const { sequence } = await this.#decided(decision, [evidence]);
    return { ...decision, sequence };
  }

  /** Holds somebody's card to an event that asked for one; writes down what came of it. */
  async touch(
    card: SigningCard,
    { asked, person, look, policy = defaultPolicyTable[this.service], ...request }: Touch,
    pin: string,
  ): Promise<Decision & { readonly sequence: number; readonly code?: string }> {
    const { clock, pseudonymOf, cardNameOf, cardRules } = this.#ports;
    const { finding, proof } = await performStepUp(
      card,
      { asked, isVirtual: true },
      {
        ...{ device: this.id, service: this.service, factor: "pin", rules: cardRules },
        wall: () => clock.wall(),
        personOf: () => person,
        pseudonymOf: (one) => pseudonymOf(this.service, one),
        cardNameOf: (one) => cardNameOf(this.service, one),
        freshSalt: () => randomBytes(16),
        noncesLeft: () => this.nonces.left(clock.wall()),
        takeNonce: () => this.nonces.take(clock.wall()),
        askPin: async ({ wasWrong }) => (wasWrong ? undefined : Uint8Array.from(Buffer.from(pin))),
        onSigning: () => undefined,
      },
    );
    const face = look && seen(look);
    const decision = decide(policy, { face: face?.face, card: finding }, request);
    const code = finding.kind === "refused" ? finding.code : undefined;
    const shown = [...(face ? [face.evidence] : []), ...(proof ? [proof.evidence] : [])];
    const more = { answers: asked, ...(code === undefined ? {} : { cardRefusal: code }) };
    const { sequence } = await this.#decided(decision, shown, more, proof && [proof.opening]);
    return { ...decision, sequence, ...(code === undefined ? {} : { code }) };
  }

  /** Says how it is, upon which the gateway leases it nonces. */
  async sayHealth(): Promise<void> {
    const { clock, transport } = this.#ports;
    const nonces = this.nonces.left(clock.wall());
    const health: Health = {
      ...{ v: 1, device: this.id, at: clock.wall(), version: "0.1.0", service: this.service },
      ...{ source: "camera", sourceState: "streaming", sequence: this.outbox.lastSequence },
      ...{ outboxDepth: this.outbox.depth, framesPerSecond: 15, framesDropped: 0 },
      ...{ galleryPeople: 0, cardReader: "ready", nonces },
    };
    const sealed = await seal("tebura-health+jws", health, this.id, this.privateKey);
    transport.publish(this.id, "health", Buffer.from(sealed));
    for (let turn = 0; turn < turnsMax && this.nonces.left(clock.wall()) === 0; turn++) {
      await nextTurn();
    }
  }

  async record(
    body: EventBody,
    openings: readonly Opening[] = [],
  ): Promise<{ readonly sequence: number }> {
    return await this.outbox.append(body, openings);
  }

  pseudonymOf(person: PersonId): Pseudonym {
    return this.#ports.pseudonymOf(this.service, person);
  }

  /** Hands everything that waits to the gateway, if the network is there. */
  async deliver(): Promise<void> {
    const { transport, settled } = this.#ports;
    let last = -1;
    while (this.isOnline && this.outbox.depth > 0 && this.outbox.depth !== last) {
      last = this.outbox.depth;
      for (const event of this.outbox.pending(1, inFlight)) {
        transport.publish(this.id, "events", Buffer.from(messageOf(event)));
      }
      await settled();
    }
  }

  [Symbol.dispose](): void {
    this.goOffline();
    this.outbox[Symbol.dispose]();
    this.nonces[Symbol.dispose]();
  }

  async #decided(
    { outcome, reason, person }: Decision,
    evidence: Extract<EventBody, { type: "decision.made" }>["evidence"],
    more: { readonly answers?: number; readonly cardRefusal?: string } = {},
    openings: readonly Opening[] = [],
  ): Promise<{ readonly sequence: number }> {
    const named = person === undefined ? {} : { person: this.pseudonymOf(person) };
    const decided = { type: "decision.made", service: this.service, outcome, reason } as const;
    return await this.record({ ...decided, ...named, ...more, evidence }, openings);
  }

  async #hear(channel: DownChannel, sealed: string): Promise<void> {
    const { gatewayKey, clock } = this.#ports;
    try {
      if (channel === "leases") {
        this.nonces.add(await openLease(sealed, this.id, gatewayKey), clock.wall());
      }
      if (channel === "lists") {
        const { name, sheet } = await openSheet(sealed, this.id, gatewayKey);
        if (name === "taxi-allowance") this.allowance = sheet;
      }
      if (channel !== "receipts") return;
      const answer = await openAnswer(sealed, this.id, gatewayKey);
      if (answer.kind === "receipt") this.outbox.forget(answer.receipt);
      else this.refusals.push(answer.refusal.code);
    } catch (error) {
      this.refusals.push(errorCodeOf(error) ?? "UNEXPECTED");
    }
  }
}
