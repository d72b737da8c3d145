import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import type { TillSettings } from "#firmware-config/box-duties.ts";
import type { CityRules } from "#firmware-config/city-rules.ts";
import { inForceAt } from "#firmware-config/dated.ts";
import { paymentTier, strengthOfFactors } from "#firmware-config/payment-tier.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Alternative } from "#firmware-config/policy-alternative.ts";
import type { Method } from "#firmware-config/policy-method.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Outbox } from "../delivery/outbox.ts";
import type { Duty, MadeDecision, Turn } from "../duty/duty.ts";
import { OwnJournal } from "../duty/own-journal.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { PhoneFinding } from "../policy/findings.ts";
import { provedBy, withoutFace } from "./payment-terms.ts";
import { findingIn, type PhoneVerifier, phoneShown } from "./phone-verifier.ts";

export interface TillPorts {
  readonly journal: string;
  readonly till: TillSettings;
  readonly policy: () => ServicePolicy;
  /** Read at each look. */
  readonly rules: Pick<CityRules, "payment">;
  readonly identity: Pick<DeviceIdentity, "id" | "pseudonymOf">;
  readonly outbox: Pick<Outbox, "append" | "read" | "lastSequence">;
  readonly phone: PhoneVerifier;
  /** Sixteen random bytes, for what an event commits to. */
  freshSalt(): Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  /** Whoever stands before the camera already is looked at again. */
  onOpened(): void;
}

export interface PaymentAsked {
  readonly reference: string;
  readonly amountYen: number;
}

type Authorised = Extract<EventBody, { type: "payment.authorised" }>;

/** How a payment stands. Asked again by the same reference, the answer is the same. */
export type PaymentState = PaymentAsked & {
  readonly method: Method;
  /** For somebody who cannot give what is asked: what they can do instead, in the policy's words. */
  readonly alternative: Alternative | null;
} & (
    | { readonly state: "waiting"; readonly notAvailable: boolean }
    | { readonly state: "authorised"; readonly event: number; readonly sealed: string }
    | { readonly state: "refused"; readonly reason: string }
    | { readonly state: "over" }
  );

interface Open extends PaymentAsked {
  readonly over: AbortController;
  readonly turn: Turn;
  /** The row under which it was begun; another one that comes meanwhile is for the next. */
  readonly policy: ServicePolicy;
  /** What came of asking a phone. */
  phone?: PhoneFinding | undefined;
  state: PaymentState;
  /** Those who wait for the next change. */
  waiters: (() => void)[];
}

const service = "payment";
/** Payments that came to nothing, kept to be answered again. */
const pastMax = 1_000;
const isOurs = ({ body }: Event) => body.type === "payment.authorised";

/**
 * A merchant's till on its box: the amount chooses what is asked, the person answers before the camera or
 * with a card, and the box signs the authorisation. It settles nothing. One payment is open at a time,
 * and a reference that was authorised is answered the same for ever.
 */
export class Till implements Duty, AsyncDisposable {
  readonly #ports: TillPorts;
  readonly #journal: OwnJournal;
  readonly #past = new Map<string, PaymentState>();
  #open: Open | undefined;
  #timers = new Set<Promise<void>>();

  /** Throws DATA_UNWRITABLE, DATA_CORRUPT or DATA_NEWER_VERSION. */
  constructor(ports: TillPorts) {
    this.#ports = ports;
    this.#journal = new OwnJournal({ path: ports.journal, outbox: ports.outbox, wants: isOurs });
  }

  begin(): Turn | undefined {
    return this.#open?.turn;
  }

  /**
   * Begins a payment, or says how the one of that reference stands. Throws PAYMENT_DIFFERS for a
   * reference that stands for another amount, and TOO_MANY_REQUESTS while another payment is open.
   */
  async ask(asked: PaymentAsked): Promise<PaymentState> {
    const known = this.find(asked.reference);
    if (known && known.amountYen !== asked.amountYen) {
      throw new TeburaError("PAYMENT_DIFFERS", "that reference stands for another amount");
    }
    if (known?.state === "authorised" || known?.state === "waiting") return known;
    if (this.#open) throw new TeburaError("TOO_MANY_REQUESTS", "another payment is open here");
    const open = this.#opened(asked);
    this.#open = open;
    const timer = this.#endLater(open).finally(() => this.#timers.delete(timer));
    this.#timers.add(timer);
    await this.#askPhone(open);
    this.#ports.onOpened();
    return open.state;
  }

  /** How a payment stands; undefined for a reference that was never asked for here. */
  find(reference: string): PaymentState | undefined {
    if (this.#open?.reference === reference) return this.#open.state;
    return this.#authorised(reference) ?? this.#past.get(reference);
  }

  /** The same once it has changed, or when `signal` aborts. */
  async settled(reference: string, signal: AbortSignal): Promise<PaymentState | undefined> {
    const open = this.#open;
    if (open?.reference === reference && !signal.aborted) {
      await new Promise<void>((resolve) => {
        open.waiters.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    return this.find(reference);
  }

  /** The customer or the merchant thought better of it. Nothing that was authorised is taken back by it. */
  cancel(reference: string): PaymentState | undefined {
    if (this.#open?.reference === reference) this.#close(this.#open, { state: "over" });
    return this.find(reference);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) this.#close(this.#open, { state: "over" });
    await Promise.all(this.#timers);
    this.#journal[Symbol.dispose]();
  }

  #opened(asked: PaymentAsked): Open {
    const policy = this.#ports.policy();
    const { method } = policyFor(policy, asked);
    const open: Open = {
      policy,
      ...{ ...asked, over: new AbortController(), waiters: [] },
      state: { ...asked, method, alternative: null, state: "waiting", notAvailable: false },
      turn: {
        request: { amountYen: asked.amountYen },
        wantsFaces: method.startsWith("face"),
        findings: () => (open.phone ? { phone: open.phone } : {}),
        decided: (made) => this.#decided(open, made),
      },
    };
    return open;
  }

  /** Where a phone is asked for, it is asked first: a method that is not available says so at once. */
  async #askPhone(open: Open): Promise<void> {
    const { phone, outbox, identity, freshSalt } = this.#ports;
    const row = policyFor(open.policy, open);
    if (row.method !== "phone" && row.method !== "face+phone") return;
    const answer = await phone.ask(asked(open), open.over.signal);
    open.phone = answer && findingIn(answer, freshSalt());
    if (this.#open !== open || (row.method === "face+phone" && open.phone?.kind === "proved"))
      return;
    const { decision, factors, alternative } = withoutFace(row, open.phone);
    open.state = { ...open.state, alternative: alternative ?? null };
    const shown = phoneShown(factors, open.phone);
    const body: EventBody = {
      ...{ type: "decision.made", service, outcome: decision.outcome, reason: decision.reason },
      ...(decision.person ? { person: identity.pseudonymOf(service, decision.person) } : {}),
      ...(factors.length > 0 ? { factors: [...factors] } : {}),
      evidence: shown.map(({ evidence }) => evidence),
    };
    const { sequence } = await outbox.append(
      body,
      shown.map(({ opening }) => opening),
    );
    await this.#decided(open, { decision, factors, sequence });
  }

  async #decided(open: Open, { decision, factors, sequence }: MadeDecision): Promise<void> {
    if (this.#open !== open) return; // It was cancelled, or its time was over.
    const { outcome, reason, person } = decision;
    if (outcome === "ask-card") return;
    if (outcome === "refuse") {
      const { method, alternative: instead } = open.state;
      // Whoever is offered the card is waited for: it is an equal way, and no second try.
      if (reason === "phone-not-available" && instead?.offer === "card") {
        const wait = { state: "waiting", notAvailable: true } as const;
        open.state = { ...asked(open), method, alternative: instead, ...wait };
        return;
      }
      this.#close(open, { state: "refused", reason }, instead);
      return;
    }
    if (!person) return;
    try {
      const body = this.#authorisation(open, { person, factors, sequence });
      if (strengthOfFactors(body.used) < strengthOfFactors(body.asked)) {
        // Another row came while the payment was open: what was given is less than what this one asks.
        this.#close(open, { state: "refused", reason: "PAYMENT_NOT_PROVED" });
        return;
      }
      const { sequence: event, sealed } = await this.#ports.outbox.append(body);
      this.#journal.follow();
      this.#close(open, { state: "authorised", event, sealed });
    } catch (error) {
      const code = errorCodeOf(error) ?? "UNEXPECTED";
      this.#ports.log("till.failed", { code });
      this.#close(open, { state: "refused", reason: code });
    }
  }

  #authorisation(
    open: Open,
    made: Pick<MadeDecision, "factors" | "sequence"> & {
      readonly person: NonNullable<MadeDecision["decision"]["person"]>;
    },
  ): Authorised {
    const { till, identity, clock, rules } = this.#ports;
    const { name, asked: askedFor } = paymentTier(open.policy, open.amountYen);
    const { authorisationDays } = inForceAt(rules.payment, clock.wall());
    return {
      ...{ type: "payment.authorised", merchant: till.merchant, ...asked(open), currency: "JPY" },
      person: identity.pseudonymOf(service, made.person),
      decision: { device: identity.id, sequence: made.sequence },
      ...{ tier: name, asked: [...askedFor] },
      used: [...new Set(made.factors.flatMap(provedBy))],
      expiresAt: (clock.wall() + authorisationDays * 86_400_000) as WallMs,
    };
  }

  #close(open: Open, how: Ending, alternative: Alternative | null = null): void {
    if (this.#open !== open) return;
    const { method } = open.state;
    open.state = { ...asked(open), method, alternative, ...how } as PaymentState;
    this.#past.set(open.reference, open.state);
    for (const key of [...this.#past.keys()].slice(0, -pastMax)) this.#past.delete(key);
    this.#open = undefined;
    open.over.abort();
    for (const done of open.waiters.splice(0)) done();
  }

  async #endLater(open: Open): Promise<void> {
    const { clock, till } = this.#ports;
    await clock.sleep(till.waitSeconds * 1_000, open.over.signal).then(
      () => this.#close(open, { state: "over" }),
      () => undefined,
    );
  }

  #authorised(reference: string): PaymentState | undefined {
    const found = this.#journal.events.find(
      ({ event: { body } }) => body.type === "payment.authorised" && body.reference === reference,
    );
    if (found?.event.body.type !== "payment.authorised") return undefined;
    const { sequence: event, body } = found.event;
    const [kept] = this.#ports.outbox.read(event, 1);
    const sealed = kept?.sequence === event ? kept.sealed : "";
    const known = { reference, amountYen: body.amountYen, alternative: null };
    const { method } = policyFor(this.#ports.policy(), body);
    return { ...known, method, state: "authorised", event, sealed };
  }
}

type Ending =
  | { readonly state: "authorised"; readonly event: number; readonly sealed: string }
  | { readonly state: "refused"; readonly reason: string }
  | { readonly state: "over" };

const asked = ({ reference, amountYen }: PaymentAsked): PaymentAsked => ({ reference, amountYen });
