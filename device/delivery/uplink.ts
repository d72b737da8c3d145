import type { KeyObject } from "node:crypto";
import { connect, type MqttClient } from "mqtt";
import { connectPassword } from "#contract/connect.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { type Health, heartbeatMs } from "#contract/health.ts";
import type { DeviceId } from "#contract/ids.ts";
import { type Lease, openLease } from "#contract/leases.ts";
import { limits } from "#contract/limits.ts";
import { openAnswer, type Refusal } from "#contract/receipts.ts";
import { seal } from "#contract/seal.ts";
import { topicOf } from "#contract/topics.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Outbox, SealedEvent } from "./outbox.ts";

export interface UplinkOptions {
  readonly url: string;
  readonly device: DeviceId;
  readonly privateKey: KeyObject;
  readonly gatewayKey: KeyObject;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for jitter. */
  random(): number;
  health(): Health;
  /** Nonces that the gateway leases for step-ups. */
  onLease(lease: Lease): void;
}

const reconnectMsMin = 500;
const reconnectMsMax = 30_000;
/** Without a receipt for so long, what was published is published again. */
const resendAfterMs = 5_000;
/** After a refusal that sending again cannot mend: slowly, and for ever, since nothing may be lost. */
const refusedWaitMs = 30_000;
const rewindPauseMs = 500;

/**
 * Carries the outbox to the gateway, at least once and in order. Only the gateway's signed receipt
 * moves it on: the broker's own acknowledgement says nothing about a disk.
 */
export class Uplink implements AsyncDisposable {
  readonly #options: UplinkOptions;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #client: MqttClient | undefined;
  #subscribed = false;
  /** The next sequence to publish. */
  #next = 1;
  #heardAt = 0;
  #holdUntil = 0;
  #rewoundAt = Number.NEGATIVE_INFINITY;
  #woken = false;
  #abortSleep: () => void = () => {};
  #idleWaiters: (() => void)[] = [];
  /** MQTT identifiers of what the broker has not acknowledged. */
  readonly #unacknowledged = new Set<number>();
  readonly counts = { published: 0, receipted: 0, refused: 0, invalid: 0 };
  /** Why the gateway refuses our events; undefined again once it takes one. */
  lastRefusal: string | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#client?.connected === true && this.#subscribed;
  }

  /** Begins to connect and returns at once: a box works with the network down. */
  async start(): Promise<void> {
    const { url, device, privateKey, outbox } = this.#options;
    const client = connect(url, {
      clientId: device,
      username: device,
      password: await connectPassword(device, privateKey),
      clean: true,
      reconnectPeriod: reconnectMsMin,
      connectTimeout: 10_000,
      queueQoSZero: false,
      // A box may be switched on before anybody has registered it: it asks again until it is known.
      reconnectOnConnackError: true,
    });
    this.#client = client;
    client.on("connect", () => this.#onConnect(client));
    client.on("close", () => this.#onClose(client));
    client.on("error", (error) => this.#options.log("uplink.error", { error: error.message }));
    client.on("message", (topic, payload) => {
      if (topic === topicOf(device, "leases")) void this.#onLease(payload);
      else void this.#onAnswer(payload);
    });
    outbox.onAppend(() => this.#wake());
    this.#loops.push(this.#publishLoop(), this.#heartbeatLoop());
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
    await this.#client?.endAsync(true);
    this.#client = undefined;
  }

  #onConnect(client: MqttClient): void {
    const { device } = this.#options;
    const topics = [topicOf(device, "receipts"), topicOf(device, "leases")];
    client.subscribe(topics, { qos: 1 }, (error) => {
      if (error) {
        // Connected but deaf would last for ever; a new connection asks anew, ever more slowly.
        this.#options.log("uplink.subscribe-refused", { error: error.message });
        client.stream.destroy();
        return;
      }
      this.#subscribed = true;
      this.#rewind(this.#options.outbox.receiptedSequence + 1);
      this.#options.log("uplink.connected", { depth: this.#options.outbox.depth });
      void this.#sendHealth();
    });
  }

  /** The wait doubles up to a limit, with jitter so that a fleet does not return all at once. */
  #onClose(client: MqttClient): void {
    this.#subscribed = false;
    this.#abandonUnacknowledged();
    const period = client.options.reconnectPeriod ?? reconnectMsMin;
    const doubled = Math.min(reconnectMsMax, period * 2);
    client.options.reconnectPeriod = Math.round(doubled * (0.75 + this.#options.random() / 4));
  }

  /** A connection counts as good once it brought an answer or lasted until a heartbeat. */
  #endBackOff(): void {
    if (this.#client) this.#client.options.reconnectPeriod = reconnectMsMin;
  }

  /**
   * The client would keep all of these and send them again by itself, before it has subscribed; what
   * waits is in the outbox, and is published anew from there.
   */
  #abandonUnacknowledged(): void {
    for (const id of this.#unacknowledged) this.#client?.removeOutgoingMessage(id);
    this.#unacknowledged.clear();
  }

  #publish(sealed: string): void {
    const client = this.#client;
    if (!client) return;
    let id: number | undefined;
    // The acknowledgement proves nothing to us; it only frees the client's copy.
    client.publish(topicOf(this.#options.device, "events"), sealed, { qos: 1 }, () => {
      if (id !== undefined) this.#unacknowledged.delete(id);
    });
    id = client.getLastMessageId();
    this.#unacknowledged.add(id);
    this.counts.published += 1;
  }

  #rewind(sequence: number): void {
    this.#abandonUnacknowledged();
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
      for (const { sequence, sealed } of batch) {
        if (sequence !== this.#next) break;
        this.#publish(sealed);
        this.#next = sequence + 1;
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
      if (this.isConnected) this.#endBackOff();
      await this.#sendHealth();
      await this.#options.clock.sleep(heartbeatMs, this.#stop.signal).catch(() => undefined);
    }
  }

  async #sendHealth(): Promise<void> {
    const { device, privateKey, health } = this.#options;
    if (!this.isConnected) return;
    const sealed = await seal("tebura-health+jws", health(), device, privateKey);
    this.#client?.publish(topicOf(device, "health"), sealed, { qos: 0, retain: true }, () => {});
  }

  async #onAnswer(payload: Buffer): Promise<void> {
    const { outbox, device, gatewayKey, log, clock } = this.#options;
    try {
      const answer = await openAnswer(payload.toString("latin1"), device, gatewayKey);
      this.#heardAt = clock.monotonic();
      this.#endBackOff();
      if (answer.kind === "refusal") {
        this.#onRefusal(answer.refusal);
        return;
      }
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

  async #onLease(payload: Buffer): Promise<void> {
    const { device, gatewayKey, log, onLease } = this.#options;
    try {
      onLease(await openLease(payload.toString("latin1"), device, gatewayKey));
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.lease-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
  }

  #onRefusal({ code, expected }: Refusal): void {
    const { outbox, clock } = this.#options;
    if (code === "EVENT_SEQUENCE_GAP") {
      // Everything that was in flight behind a gap is refused; one answer to that is enough.
      const isEcho = clock.monotonic() - this.#rewoundAt < rewindPauseMs;
      const canGoBack = expected > outbox.receiptedSequence && expected < this.#next;
      if (canGoBack && !isEcho) this.#rewind(expected);
      // It asks for what it has receipted, and we forgot on its word: only people can mend that. No
      // hold, since a refusal that was overtaken by its receipt looks the same; the resend is slow.
      if (expected <= outbox.receiptedSequence) this.#noteRefusal(code, expected);
      return;
    }
    this.#noteRefusal(code, expected);
    this.#holdUntil = clock.monotonic() + refusedWaitMs;
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
