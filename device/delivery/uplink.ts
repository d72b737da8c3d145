import type { KeyObject } from "node:crypto";
import { connect, type MqttClient } from "mqtt";
import { connectPassword } from "#contract/connect.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { type Health, heartbeatMs } from "#contract/health.ts";
import type { DeviceId } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import { openAnswer, type Refusal } from "#contract/receipts.ts";
import { seal } from "#contract/seal.ts";
import { topicOf } from "#contract/topics.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { Outbox } from "./outbox.ts";

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
  readonly counts = { published: 0, receipted: 0, refused: 0, invalid: 0 };
  /** Why the gateway refuses our events, if it does; shown in health. */
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
    });
    this.#client = client;
    client.on("connect", () => this.#onConnect(client));
    client.on("close", () => this.#onClose(client));
    client.on("error", (error) => this.#options.log("uplink.error", { error: error.message }));
    client.on("message", (_topic, payload) => void this.#onAnswer(payload));
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
    client.options.reconnectPeriod = reconnectMsMin;
    client.subscribe(topicOf(this.#options.device, "receipts"), { qos: 1 }, (error) => {
      if (error) return;
      this.#subscribed = true;
      this.#rewind(this.#options.outbox.receiptedSequence + 1);
      this.#options.log("uplink.connected", { depth: this.#options.outbox.depth });
      void this.#sendHealth();
    });
  }

  /** The wait doubles up to a limit, with jitter so that a fleet does not return all at once. */
  #onClose(client: MqttClient): void {
    this.#subscribed = false;
    const period = client.options.reconnectPeriod ?? reconnectMsMin;
    const doubled = Math.min(reconnectMsMax, period * 2);
    client.options.reconnectPeriod = Math.round(doubled * (0.75 + this.#options.random() / 4));
  }

  #rewind(sequence: number): void {
    this.#next = sequence;
    this.#heardAt = this.#options.clock.monotonic();
    this.#rewoundAt = this.#heardAt;
    this.#wake();
  }

  async #publishLoop(): Promise<void> {
    const { outbox, clock, device } = this.#options;
    while (!this.#stop.signal.aborted) {
      const now = clock.monotonic();
      const from = outbox.receiptedSequence + 1;
      if (this.#next < from) this.#next = from;
      const waiting = this.#next - from;
      if (waiting > 0 && now - this.#heardAt > resendAfterMs) this.#rewind(from);
      const room = limits.inFlightMax - (this.#next - from);
      const held = now < this.#holdUntil;
      const batch = this.isConnected && !held && room > 0 ? outbox.pending(this.#next, room) : [];
      for (const { sequence, sealed } of batch) {
        if (sequence !== this.#next) break;
        // The promise would wait for the broker's acknowledgement, which proves nothing to us.
        this.#client?.publish(topicOf(device, "events"), sealed, { qos: 1 }, () => {});
        this.#next = sequence + 1;
        this.counts.published += 1;
      }
      if (waiting === 0 && batch.length > 0) this.#heardAt = now;
      if (batch.length === 0) await this.#sleep(1_000);
    }
  }

  async #heartbeatLoop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
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
      if (answer.kind === "refusal") {
        this.#onRefusal(answer.refusal);
        return;
      }
      const count = outbox.forget(answer.receipt);
      this.counts.receipted += count;
      if (count > 0) this.lastRefusal = undefined;
    } catch (error) {
      this.counts.invalid += 1;
      log("uplink.answer-refused", { code: errorCodeOf(error) ?? "UNEXPECTED" });
    }
    if (outbox.depth === 0) for (const done of this.#idleWaiters.splice(0)) done();
    this.#wake();
  }

  #onRefusal({ code, expected }: Refusal): void {
    const { outbox, clock, log } = this.#options;
    if (code === "EVENT_SEQUENCE_GAP") {
      // Everything that was in flight behind a gap is refused; one answer to that is enough.
      const isEcho = clock.monotonic() - this.#rewoundAt < rewindPauseMs;
      const canGoBack = expected > outbox.receiptedSequence && expected < this.#next;
      if (canGoBack && !isEcho) this.#rewind(expected);
      return;
    }
    this.counts.refused += 1;
    this.lastRefusal = code;
    this.#holdUntil = clock.monotonic() + refusedWaitMs;
    log("uplink.refused", { code, expected });
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
