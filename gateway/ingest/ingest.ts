import type { KeyObject } from "node:crypto";
import { digestOf } from "#contract/digest.ts";
import { type ErrorCode, errorCodeOf } from "#contract/errors.ts";
import type { Event } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { DeviceId, Digest } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import type { Answer } from "#contract/receipts.ts";
import type { StepUpCode } from "#contract/step-up.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import type { EvidenceVault, NewEvidence } from "../evidence/evidence-vault.ts";
import type { Ledger, LedgerEntry, NewEntry } from "../ledger/ledger.ts";
import { eventIn } from "../ledger/placed.ts";
import type { ProvedStepUp, StepUpJudge } from "../step-up/judge.ts";
import type { Earlier } from "../step-up/phone-judge.ts";
import { type CheckedEvent, checkEvent } from "./check-event.ts";
import type { Quarantine } from "./quarantine.ts";

export interface IngestPorts {
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  /** Where what events commit to is kept. */
  readonly vault: Pick<EvidenceVault, "seal" | "openingOf">;
  readonly judge: Pick<StepUpJudge, "judge" | "link" | "spend">;
  readonly clock: Pick<Clock, "wall">;
  readonly log: Log;
  keyOf(device: DeviceId): KeyObject | undefined;
  /** Publishes an answer below the device's receipts. */
  answer(device: DeviceId, answer: Answer): Promise<void>;
  /** Called after commit, in ledger order. */
  onEntry(entry: LedgerEntry, event: Event): void;
}

interface Arrival {
  readonly device: DeviceId;
  readonly bytes: Uint8Array;
}

type Checked = Arrival & ({ readonly checked: CheckedEvent } | { readonly code: ErrorCode });

/** What one transaction will hold, and what follows from it once it is on disk. */
interface Batch {
  readonly added: NewEntry[];
  readonly events: Event[];
  /** What entries commit to, by where they stand in `added`. */
  readonly evidence: Map<number, NewEvidence>;
  readonly proved: ProvedStepUp[];
  readonly usedNonces: Set<string>;
}

/** Entries of one transaction: enough to share the cost of a commit, few enough to answer soon. */
const batchMax = 512;
/** Refusals that a device is told of in one batch: each is signed, and rubbish is not worth a signature. */
const refusalsMax = 8;

/** What was sent of the event itself: what a card signed is kept nowhere in the clear. */
function withoutEvidence(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0x0a);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function room(refusals: Map<DeviceId, number>, device: DeviceId): boolean {
  const count = (refusals.get(device) ?? 0) + 1;
  refusals.set(device, count);
  return count <= refusalsMax;
}

/** What does not open as it was taken in proves nothing, and must not hold up what others send. */
function openingAt(vault: IngestPorts["vault"], index: number): Opening | undefined {
  try {
    return vault.openingOf(index);
  } catch (error) {
    if (errorCodeOf(error) === "DATA_CORRUPT") return undefined;
    throw error;
  }
}

/**
 * From the broker to the ledger. Whatever waits is checked side by side, committed in one
 * transaction, and only then receipted. The queue is bounded, as is each device's part of it: what comes
 * beyond is dropped and counted, and its device sends it again because no receipt came.
 */
export class Ingest implements AsyncDisposable {
  readonly #ports: IngestPorts;
  readonly #queue: Promise<Checked>[] = [];
  /** How many of what waits is each device's. */
  readonly #waiting = new Map<DeviceId, number>();
  #running: Promise<void> | undefined;
  #stopped = false;
  readonly counts = { accepted: 0, repeated: 0, gaps: 0, refused: 0, dropped: 0, stepUps: 0 };
  /** Step-ups that were refused, by code. */
  readonly refusedStepUps = new Map<StepUpCode, number>();

  constructor(ports: IngestPorts) {
    this.#ports = ports;
  }

  get depth(): number {
    return this.#queue.length;
  }

  /** Takes a message in. Never throws and never waits: the broker goes on. */
  accept(device: DeviceId, bytes: Uint8Array): void {
    const own = this.#waiting.get(device) ?? 0;
    const isFull = this.#queue.length >= limits.ingestQueueMax;
    if (this.#stopped || isFull || own >= limits.ingestQueuePerDeviceMax) {
      this.counts.dropped += 1;
      return;
    }
    this.#waiting.set(device, own + 1);
    // Signatures are verified on the thread pool while an earlier batch is being committed.
    this.#queue.push(this.#check({ device, bytes }));
    this.#running ??= this.#drain();
  }

  /** Resolves when everything that waits now is committed or refused. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    this.#stopped = true;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // So that messages which arrive together are taken together.
    while (this.#queue.length > 0) {
      try {
        const batch = await Promise.all(this.#queue.splice(0, batchMax));
        for (const { device } of batch) this.#leave(device);
        await this.#takeBatch(batch);
      } catch (error) {
        // The ledger cannot be written. No receipt was sent, so every device keeps its events.
        this.#ports.log("ingest.failed", { code: errorCodeOf(error) ?? "UNEXPECTED" });
      }
    }
    this.#running = undefined;
  }

  #leave(device: DeviceId): void {
    const left = (this.#waiting.get(device) ?? 1) - 1;
    if (left > 0) this.#waiting.set(device, left);
    else this.#waiting.delete(device);
  }

  async #takeBatch(checked: readonly Checked[]): Promise<void> {
    const { ledger } = this.#ports;
    const batch: Batch = {
      ...{ added: [], events: [], evidence: new Map(), proved: [], usedNonces: new Set() },
    };
    const heads = new Map<DeviceId, { sequence: number; event: Digest }>();
    const pending = new Map<string, Digest>();
    const refused: (Arrival & { code: ErrorCode; expected: number })[] = [];
    const refusals = new Map<DeviceId, number>();
    const touched = new Set<DeviceId>();
    for (const arrival of checked) {
      const { device } = arrival;
      const head = heads.get(device) ?? ledger.head(device);
      const code = "code" in arrival ? arrival.code : this.#place(arrival.checked, head, pending);
      if (code === undefined && "checked" in arrival) {
        const { event, digest } = arrival.checked;
        this.#add(arrival.checked, batch);
        heads.set(device, { sequence: event.sequence, event: digest });
        pending.set(`${device} ${event.sequence}`, digest);
      }
      if (code === undefined || code === "repeat") touched.add(device);
      else if (room(refusals, device)) {
        refused.push({ ...arrival, code, expected: head.sequence + 1 });
      } else this.counts.dropped += 1;
    }
    const entries = ledger.append(this.#withEvidence(batch));
    this.counts.accepted += entries.length;
    this.#afterCommit(entries, batch);
    await Promise.all([
      ...[...touched].map((device) => this.#receipt(device)),
      ...refused.map((refusal) => this.#refuse(refusal)),
    ]);
  }

  /** Puts an event that is next in its chain into the batch, with what becomes of its step-up. */
  #add({ event, digest, sealed, openings }: CheckedEvent, batch: Batch): void {
    const { device, sequence } = event;
    const earlier = this.#earlier(device, batch);
    const judgement = this.#ports.judge.judge({ event, openings }, earlier, batch.usedNonces);
    if (judgement.kind === "proved") {
      this.#ports.judge.link(judgement.proved);
      batch.proved.push(judgement.proved);
      batch.usedNonces.add(judgement.proved.nonce);
    }
    const refusal = judgement.kind === "refused" ? judgement.code : null;
    const receivedAt = this.#ports.clock.wall();
    const nonce = judgement.kind === "proved" ? judgement.proved.nonce : undefined;
    const [opening] = openings; // An event has one card or phone at most.
    if (opening) {
      const kept = { event, digest, opening, receivedAt, nonce, isProved: refusal === null };
      batch.evidence.set(batch.added.length, kept);
    }
    batch.added.push({ device, sequence, receivedAt, event: digest, sealed, refusal });
    batch.events.push(event);
  }

  /** What is known of a box's earlier events, on disk or in the same batch. */
  #earlier(device: DeviceId, { events, evidence }: Batch): Earlier {
    const { ledger, vault } = this.#ports;
    const freshAt = (wanted: number) =>
      events.findIndex((one) => one.device === device && one.sequence === wanted);
    return {
      event: (wanted) => {
        const fresh = events[freshAt(wanted)];
        const held = fresh ? undefined : ledger.sealedAt(device, wanted);
        return held === undefined ? fresh : eventIn(held);
      },
      opening: (wanted) => {
        const at = freshAt(wanted);
        if (at >= 0) return evidence.get(at)?.opening;
        const index = ledger.indexOf(device, wanted);
        return index === undefined ? undefined : openingAt(vault, index);
      },
    };
  }

  #withEvidence({ added, evidence }: Batch): readonly NewEntry[] {
    if (evidence.size === 0) return added;
    const rows = this.#ports.vault.seal([...evidence.values()]);
    const rowOf = new Map([...evidence.keys()].map((at, i) => [at, rows[i]]));
    return added.map((entry, at) => ({ ...entry, evidence: rowOf.get(at) }));
  }

  #afterCommit(entries: readonly LedgerEntry[], { events, proved }: Batch): void {
    const { judge, quarantine, log, onEntry } = this.#ports;
    for (const one of proved) judge.spend(one);
    this.counts.stepUps += proved.length;
    for (const [i, entry] of entries.entries()) {
      const { device, refusal, sealed, receivedAt } = entry;
      if (refusal !== null) {
        this.refusedStepUps.set(refusal, (this.refusedStepUps.get(refusal) ?? 0) + 1);
        quarantine.keep(device, refusal, Buffer.from(sealed, "latin1"), receivedAt);
        log("ingest.step-up-refused", { device, code: refusal });
      }
      onEntry(entry, events[i]!);
    }
  }

  /** Never rejects: nobody may be waiting for it yet. */
  async #check(arrival: Arrival): Promise<Checked> {
    try {
      const checked = await checkEvent(arrival.device, arrival.bytes, this.#ports.keyOf);
      return { ...arrival, checked };
    } catch (error) {
      return { ...arrival, code: errorCodeOf(error) ?? "UNREACHABLE" };
    }
  }

  /** Where an event stands against its device's chain: undefined when it is the next one. */
  #place(
    { event, digest }: CheckedEvent,
    head: { readonly sequence: number; readonly event: Digest },
    pending: ReadonlyMap<string, Digest>,
  ): ErrorCode | "repeat" | undefined {
    if (event.sequence > head.sequence + 1) return "EVENT_SEQUENCE_GAP";
    if (event.sequence === head.sequence + 1) {
      return event.previous === head.event ? undefined : "EVENT_CHAIN_BROKEN";
    }
    const held =
      pending.get(`${event.device} ${event.sequence}`) ??
      this.#ports.ledger.eventAt(event.device, event.sequence);
    if (held === digest) {
      this.counts.repeated += 1;
      return "repeat";
    }
    return "EVENT_SEQUENCE_CONFLICT";
  }

  async #receipt(device: DeviceId): Promise<void> {
    const { sequence, event, index, entry } = this.#ports.ledger.head(device);
    const at = this.#ports.clock.wall();
    const receipt = { v: 1 as const, device, sequence, event, index, entry, at };
    await this.#ports.answer(device, { kind: "receipt", receipt });
  }

  async #refuse(refusal: Arrival & { code: ErrorCode; expected: number }): Promise<void> {
    const { device, bytes, code, expected } = refusal;
    const { quarantine, clock, log } = this.#ports;
    const at = clock.wall();
    if (code === "EVENT_SEQUENCE_GAP") this.counts.gaps += 1;
    else {
      this.counts.refused += 1;
      quarantine.keep(device, code, withoutEvidence(bytes), at);
      log("ingest.refused", { device, code, bytes: bytes.length });
    }
    const event = digestOf(withoutEvidence(bytes));
    const answer = { v: 1 as const, device, code, event, expected, at };
    await this.#ports.answer(device, { kind: "refusal", refusal: answer });
  }
}
