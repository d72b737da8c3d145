import { type ErrorCode, errorCodeOf } from "#contract/errors.ts";
import type { EventBody } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { Log } from "#runtime/log.ts";
import type { Outbox } from "./outbox.ts";
import type { SealedEvent } from "./outbox-store.ts";
import type { UnrecordedTally } from "./unrecorded-tally.ts";

export interface DecisionRecorderPorts {
  readonly outbox: Pick<Outbox, "append">;
  readonly tally: UnrecordedTally;
  readonly service: Service;
  wall(): WallMs;
  readonly log: Log;
}

const unrecordable: ReadonlySet<ErrorCode | undefined> = new Set([
  "OUTBOX_FULL",
  "DATA_UNWRITABLE",
]);

/**
 * Writes decisions down, and keeps count of those that could not be. The first event that finds room
 * again is followed by one that says how many there were, so that the record shows its own gap.
 */
export class DecisionRecorder {
  readonly #ports: DecisionRecorderPorts;
  #refusal: ErrorCode | undefined;
  #telling: Promise<void> | undefined;

  constructor(ports: DecisionRecorderPorts) {
    this.#ports = ports;
  }

  /** Why the last event could not be written down; undefined while all is well. */
  get refusal(): ErrorCode | undefined {
    return this.#refusal;
  }

  /** The event, once it would survive a power cut; undefined where the outbox or the disk takes none. */
  async record(
    body: EventBody,
    openings: readonly Opening[] = [],
  ): Promise<SealedEvent | undefined> {
    try {
      const event = await this.#ports.outbox.append(body, openings);
      this.#refusal = undefined;
      this.tell();
      return event;
    } catch (error) {
      const code = errorCodeOf(error);
      if (!unrecordable.has(code)) throw error;
      if (this.#refusal !== code) this.#ports.log("outbox.refuses", { code: code as ErrorCode });
      this.#refusal = code;
      return undefined;
    }
  }

  /** Counts a decision that was acted on without a record. */
  missed({ outcome }: { readonly outcome: "admit" | "refuse" | "ask-card" }): void {
    const { tally, wall } = this.#ports;
    tally.add(outcome === "admit" ? "admitted" : "refused", wall());
  }

  /** Says what was missed, if anything was and there is room. Nothing is forgotten before it is on disk. */
  tell(): void {
    const { outbox, tally, service, log } = this.#ports;
    const { total } = tally;
    if (!total || this.#telling) return;
    this.#telling = outbox
      .append({ type: "decisions.unrecorded", service, ...total })
      .then(
        () => tally.told(total),
        () => log("outbox.refuses", { code: "OUTBOX_FULL" }),
      )
      .finally(() => {
        this.#telling = undefined;
      });
  }

  /** Resolves when nothing is being told. */
  async settled(): Promise<void> {
    await this.#telling;
  }
}
