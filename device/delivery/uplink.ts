import type { KeyObject } from "node:crypto";
import { errorCodeOf } from "#contract/errors.ts";
import { type Health, heartbeatMs } from "#contract/health.ts";
import type { DeviceId } from "#contract/ids.ts";
import { type Lease, openLease } from "#contract/leases.ts";
import { limits } from "#contract/limits.ts";
import { openOrder } from "#contract/orders.ts";
import { openAnswer, type Refusal } from "#contract/receipts.ts";
import { seal } from "#contract/seal.ts";
import { openTime, type TimeAnswer } from "#contract/time.ts";
import type { DownChannel } from "#contract/topics.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Link } from "./link.ts";
import type { Outbox } from "./outbox.ts";
import { messageOf, type SealedEvent } from "./outbox-store.ts";

export interface UplinkOptions {
  readonly link: Link;
  readonly device: DeviceId;
  readonly privateKey: KeyObject;
  readonly gatewayKey: KeyObject;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  health(): Health;
  /** Nonces that the gateway leases for step-ups. */
  onLease(lease: Lease): void;
  /** A sheet of one of the gateway's lists. Throws where it is not the gateway's word to this box. */
  onList(sealed: string): Promise<void>;
  /** A signed policy table. Throws where it is none, or an older one than the box holds. */
  onPolicy?(sealed: string): Promise<void>;
  /** The gateway has revoked this box: its keys go. The box then says that they are gone. */
  onLeave(): void;
  /** What the gateway says that the time is. */
  onTime(answer: TimeAnswer): void;
  /** A message about galleries, and each new connection; left out where no gallery is kept in step. */
  readonly gallery?:
    | { take(sealed: string): Promise<void>; connected(): Promise<void> }
    | undefined;
}

/** Without a receipt for so long, what was published is published again. */
const resendAfterMs = 5_000;
/** After a refusal that sending again cannot mend: slowly, and for ever, since nothing may be lost. */
const refusedWaitMs = 30_000;
const rewindPauseMs = 500;
/** A gateway that asks for so long for what it has receipted has lost it. */
const lostForMs = 2_000;

/**
 * Carries the outbox to the gateway, at least once and in order. Only the gateway's signed receipt
 * moves it on: the broker's own acknowledgement says nothing about a disk.
 */
export class Uplink implements AsyncDisposable {
  readonly #options: UplinkOptions;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];
  /** Connected, and the gateway has been told how we are. */
  #ready = false;
  /** The next sequence to publish. */
  #next = 1;
  #heardAt = 0;
  #holdUntil = 0;
  #rewoundAt = Number.NEGATIVE_INFINITY;
  /** What the gateway asks for although it has receipted it, and since when. */
  #lost: { readonly expected: number; readonly since: number } | undefined;
  #woken = false;
  #abortSleep: () => void = () => {};
  #idleWaiters: (() => void)[] = [];
  readonly counts = { published: 0, receipted: 0, refused: 0, invalid: 0 };
  /** Why the gateway refuses our events; undefined again once it takes one. */
  lastRefusal: string | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#ready && this.#options.link.isUp;
  }

  /** Begins to connect and returns at once: a box works with the network down. */
  async start(): Promise<void> {
    const { link, outbox } = this.#options;
    await link.start({
      onUp: async () => await this.#onUp(),
      onDown: () => this.#onDown(),
      onMessage: async (channel, payload) => await this.#onMessage(channel, payload),
    });
    outbox.onAppend(() => this.#wake());
    this.#loops.push(this.#publishLoop(), this.#heartbeatLoop());
  }

  /** Hands a sealed handover over; false while nobody is there to take it. It may be lost. */
  publishHandover(sealed: string): boolean {
    if (this.isConnected) this.#options.link.publishHandover(sealed);
    return this.isConnected;
  }

  /** Resolves when the gateway has receipted everything. */
  async idle(signal: AbortSignal): Promise<void> {
    while (this.#options.outbox.depth > 0) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#idleWaiters.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await Promise.all(this.#loops);
    await this.#options.link[Symbol.asyncDispose]();
  }

  /** The newest health goes first: it says how much is about to come. */
  async #onUp(): Promise<void> {
    const { link, outbox, log, gallery } = this.#options;
    // Before anything is said: from here on a decision waits for what the gateway has to say.
    await gallery?.connected();
    await this.#sendHealth();
    if (!link.isUp) return;
    this.#ready = true;
    this.#rewind(outbox.receiptedSequence + 1);
    log("uplink.connected", { depth: outbox.depth });
  }

  #onDown(): void {
    this.#ready = false;
  }

  /** Says at once how the box is, and not only with the next heartbeat. */
  async sayHealth(): Promise<void> {
    await this.#sendHealth();
  }

  #publish(event: SealedEvent): void {
    this.#options.link.publishEvent(messageOf(event));
    this.counts.published += 1;
  }

  #rewind(sequence: number): void {
    this.#options.link.abandon();
    this.#next = sequence;
    this.#heardAt = this.#options.clock.monotonic();
    this.#rewoundAt = this.#heardAt;
    this.#wake();
  }

  async #publishLoop(): Promise<void> {
    const { outbox, clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      const now = clock.monotonic();
      const from = outbox.receiptedSequence + 1;
      if (this.#next < from) this.#next = from;
      const waiting = this.#next - from;
      if (waiting > 0 && now - this.#heardAt > resendAfterMs) this.#rewind(from);
      const room = limits.inFlightMax - (this.#next - from);
      const held = now < this.#holdUntil;
      const batch = this.isConnected && !held && room > 0 ? this.#pending(room) : [];
      for (const event of batch) {
        if (event.sequence !== this.#next) break;
        this.#publish(event);
        this.#next = event.sequence + 1;
      }
      if (waiting === 0 && batch.length > 0) this.#heardAt = now;
      if (batch.length === 0) await this.#sleep(1_000);
    }
  }

  /** A disk that fails now may work again; the door must go on meanwhile. */
  #pending(limit: number): readonly SealedEvent[] {
    try {
      return this.#options.outbox.pending(this.#next, limit);
    } catch (error) {
      this.#options.log("uplink.outbox-unreadable", { code: errorCodeOf(error) ?? "UNEXPECTED" });
      return [];
    }
  }

  async #heartbeatLoop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.isConnected) this.#options.link.endBackOff(); // It lasted until a heartbeat.
      await this.#sendHealth();
      await this.#options.clock.sleep(heartbeatMs, this.#stop.signal).catch(() => undefined);
    }
  }

  async #sendHealth(): Promise<void> {
    const { device, privateKey, health, link } = this.#options;
    if (!link.isUp) return;
    link.publishHealth(await seal("tebura-health+jws", health(), device, privateKey));
  }

  async #onMessage(channel: DownChannel, payload: Uint8Array): Promise<void> {
    const sealed = Buffer.from(payload).toString("latin1");
    if (channel === "leases") await this.#onLease(sealed);
    else if (channel === "lists") await this.#onList(sealed);
    else if (channel === "policy") await this.#onPolicy(sealed);
    else if (channel === "orders") await this.#onOrder(sealed);
    else if (channel === "time") await this.#onTime(sealed);
    else if (channel === "gallery") await this.#options.gallery?.take(sealed);
    else await this.#onAnswer(sealed);
  }

  async #onAnswer(sealed: string): Promise<void> {
    const { outbox, device, gatewayKey, log, clock, link } = this.#options;
    try {
      const answer = await openAnswer(sealed, device, gatewayKey);
      this.#heardAt = clock.monotonic();
      link.endBackOff();
      if (answer.kind === "refusal") {
        this.#onRefusal(answer.refusal);
        return;
      }
      if (answer.receipt.sequence >= outbox.receiptedSequence) this.#lost = undefined;
      const count = outbox.forget(answer.receipt);
      this.counts.receipted += count;
      if (count > 0) {
        this.lastRefusal = undefined;
        this.#holdUntil = 0;
      }
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.answer-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
    if (outbox.depth === 0) for (const done of this.#idleWaiters.splice(0)) done();
    this.#wake();
  }

  async #onLease(sealed: string): Promise<void> {
    const { device, gatewayKey, log, onLease } = this.#options;
    try {
      onLease(await openLease(sealed, device, gatewayKey));
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.lease-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  async #onList(sealed: string): Promise<void> {
    const { log, onList } = this.#options;
    try {
      await onList(sealed);
      await this.#sendHealth(); // It says what is held now.
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.list-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  async #onPolicy(sealed: string): Promise<void> {
    const { log, onPolicy } = this.#options;
    try {
      await onPolicy?.(sealed);
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.policy-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
    await this.#sendHealth(); // It says which version holds now, or why the one that came does not.
  }

  async #onOrder(sealed: string): Promise<void> {
    const { device, gatewayKey, log, onLeave } = this.#options;
    try {
      await openOrder(sealed, device, gatewayKey);
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.order-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
      return;
    }
    onLeave();
    await this.#sendHealth();
  }

  async #onTime(sealed: string): Promise<void> {
    const { device, gatewayKey, log, onTime } = this.#options;
    try {
      onTime(await openTime(sealed, device, gatewayKey));
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.time-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  #onRefusal({ code, expected }: Refusal): void {
    const { outbox, clock } = this.#options;
    if (code === "EVENT_SEQUENCE_GAP") {
      // Everything that was in flight behind a gap is refused; one answer to that is enough.
      const isEcho = clock.monotonic() - this.#rewoundAt < rewindPauseMs;
      const canGoBack = expected > outbox.receiptedSequence && expected < this.#next;
      if (canGoBack && !isEcho) this.#rewind(expected);
      if (expected <= outbox.receiptedSequence) this.#onLost(code, expected);
      return;
    }
    this.#noteRefusal(code, expected);
    this.#holdUntil = clock.monotonic() + refusedWaitMs;
  }

  /**
   * The gateway asks for what it has receipted: it was restored from a copy. What we still keep is
   * sent again; what we do not, only people can mend. A refusal that was overtaken by its receipt
   * looks the same, so it counts only once the gateway goes on asking.
   */
  #onLost(code: string, expected: number): void {
    const { outbox, clock, log } = this.#options;
    this.#noteRefusal(code, expected);
    const now = clock.monotonic();
    if (this.#lost?.expected !== expected) this.#lost = { expected, since: now };
    if (now - this.#lost.since < lostForMs || !outbox.takeBack(expected)) return;
    log("uplink.taken-back", { expected, depth: outbox.depth });
    this.#lost = undefined;
    this.#rewind(expected);
  }

  /** Counts each, and logs each kind once until an event is taken again. */
  #noteRefusal(code: string, expected: number): void {
    this.counts.refused += 1;
    if (this.lastRefusal !== code) this.#options.log("uplink.refused", { code, expected });
    this.lastRefusal = code;
  }

  #wake(): void {
    this.#woken = true;
    this.#abortSleep();
  }

  /** Sleeps until woken; a call that came while awake is not lost. */
  async #sleep(durationMs: number): Promise<void> {
    const wake = new AbortController();
    this.#abortSleep = () => wake.abort();
    if (!this.#woken) {
      const either = AbortSignal.any([wake.signal, this.#stop.signal]);
      await this.#options.clock.sleep(durationMs, either).catch(() => undefined);
    }
    this.#woken = false;
  }
}
