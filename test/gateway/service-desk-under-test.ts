import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event, EventBody } from "#contract/events.ts";
import type { WallMs } from "#contract/ids.ts";
import { Desk } from "#gateway/desk/desk.ts";
import { Ledger } from "#gateway/ledger/ledger.ts";
import type { View } from "#gateway/views/view.ts";
import { nine, placedAt, ServiceEvents } from "./service-events.ts";

const { privateKey } = generateKeyPairSync("ed25519");

/** A real desk over a real ledger, views that are folded as events come, and a clock that is told. */
export class ServiceDeskUnderTest implements Disposable {
  readonly ledger = new Ledger(join(mkdtempSync(join(tmpdir(), "tebura-service-")), "ledger.db"));
  readonly boxes = new ServiceEvents();
  readonly events: Event[] = [];
  readonly clock = { wall: () => this.now as WallMs };
  readonly record = (body: EventBody) => this.#desk.record(body);
  now = nine;
  readonly #folds: ((event: Event) => void)[] = [];
  readonly #desk = new Desk({
    ...{ ledger: this.ledger, privateKey, clock: this.clock },
    onEntry: (_entry, event) => this.arrive(event),
  });

  /** The state of a view that takes in what comes from now on. */
  fold<State>(view: View<State, unknown>): State {
    const state = view.empty();
    this.#folds.push((event) => view.apply(state, placedAt(this.events.length, event)));
    return state;
  }

  arrive(event: Event): void {
    this.events.push(event);
    for (const fold of this.#folds) fold(event);
  }

  /** A box's event of this moment, which arrives at once. */
  box(say: (boxes: ServiceEvents, at: number) => ReturnType<ServiceEvents["say"]>) {
    const ref = say(this.boxes, this.now);
    this.arrive(this.boxes.events.at(-1) as Event);
    return ref;
  }

  [Symbol.dispose](): void {
    this.ledger[Symbol.dispose]();
  }
}
