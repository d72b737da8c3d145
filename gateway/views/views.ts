import type { Service } from "#contract/services.ts";
import type { PlacedEvent } from "../ledger/placed.ts";
import { busBoarding } from "./bus-boarding.ts";
import { schoolAttendance } from "./school-attendance.ts";
import { shelterCheckIn } from "./shelter-check-in.ts";
import { dayIn, type View } from "./view.ts";

/** A view together with its state, whatever the state looks like. */
interface RunningView {
  readonly service: Service;
  apply(placed: PlacedEvent): void;
  show(): unknown;
}

function running<State, Shown>(view: View<State, Shown>): RunningView {
  const state = view.empty();
  return {
    service: view.service,
    apply: (placed) => view.apply(state, placed),
    show: () => view.show(state),
  };
}

/** All views of a gateway, kept in memory and folded from the ledger at each start. */
export class Views {
  readonly #views: readonly RunningView[];
  #index = 0;

  constructor(timeZone: string) {
    const dayOf = dayIn(timeZone);
    this.#views = [
      running(busBoarding(dayOf)),
      running(schoolAttendance(dayOf)),
      running(shelterCheckIn()),
    ];
  }

  /** The last ledger entry that is folded in. */
  get index(): number {
    return this.#index;
  }

  apply(placed: PlacedEvent): void {
    if (placed.index <= this.#index) return;
    // A refused step-up is on record, and in no view: what it claims was not proved.
    if (placed.refusal === null) for (const view of this.#views) view.apply(placed);
    this.#index = placed.index;
  }

  show(service: Service): unknown {
    return this.#views.find((view) => view.service === service)?.show();
  }
}
