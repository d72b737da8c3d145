import type { KeyObject } from "node:crypto";
import type { DeviceId } from "#contract/ids.ts";
import { handoverRowsMax, sealHandover } from "#contract/shelter/handover.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { ListShelf } from "../lists/list-shelf.ts";
import type { NamesStore } from "./names-store.ts";

export interface HandingOverPorts {
  readonly device: DeviceId;
  readonly privateKey: KeyObject;
  readonly names: NamesStore;
  readonly lists: Pick<ListShelf, "whole">;
  readonly clock: Clock;
  readonly log: Log;
  /** True once the service is over: whatever was handed over goes. */
  isEnded(): boolean;
  /** Called when names were let go of. */
  onErased(): void;
  /** False where nobody is there to take it. */
  publish(sealed: string): boolean;
}

const pauseMs = 1_000;
/** Without an answer, the same is handed over again. */
const againMs = 10_000;

/**
 * Hands the names of a shelter's people to the gateway, whenever there is one: sealed to the key that the
 * gateway's signed word named, and again until it has said that they are on its disk. Whom the gateway has erased
 * since, the box lets go of as well; when the service is over, of everybody whom the gateway holds.
 */
export class HandingOver implements AsyncDisposable {
  readonly #ports: HandingOverPorts;
  readonly #rounds: Rounds;
  /** The gateway's words that were last gone by: whose names it erased, and what it holds of this box. */
  #erased = "";
  #sent = { number: 0, at: Number.NEGATIVE_INFINITY };

  constructor(ports: HandingOverPorts) {
    this.#ports = ports;
    const work = async () => await this.#once();
    this.#rounds = new Rounds(ports, { everyMs: pauseMs, failed: "handover.failed", work });
  }

  start(): void {
    this.#rounds.start();
  }

  /** Names that the gateway does not hold yet. */
  get waiting(): number {
    const [key] = this.#ports.lists.whole("handover-key") ?? [];
    return this.#ports.names.waiting(key?.keptTo ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  async #once(): Promise<void> {
    const { lists, names, device, privateKey, clock, publish } = this.#ports;
    const [key] = lists.whole("handover-key") ?? [];
    if (!key) return;
    this.#letGo(key.keptTo);
    const { number, rows } = names.after(key.keptTo, handoverRowsMax);
    const now = clock.monotonic();
    if (rows.length === 0 || (this.#sent.number === number && now - this.#sent.at < againMs))
      return;
    const box = { device, privateKey, gatewayKey: key.key };
    if (publish(await sealHandover({ number, rows }, box))) this.#sent = { number, at: now };
  }

  #letGo(keptTo: number): void {
    const { lists, names, log, isEnded, onErased } = this.#ports;
    const sheets = lists.whole("shelter-erased") ?? [];
    const isOver = isEnded();
    const word = `${sheets[0]?.serial ?? 0} ${keptTo} ${isOver}`;
    if (word === this.#erased) return;
    const gone = isOver ? names.held : sheets.flatMap(({ persons }) => persons);
    const count = names.erase(gone, keptTo);
    this.#erased = word;
    if (count === 0) return;
    log("shelter.names-erased", { count });
    onErased();
  }
}
