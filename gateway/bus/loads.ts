import type { VehicleDay } from "./vehicle.ts";

/** A quarter of an hour: what a timetable's planner looks at. */
const stepMs = 15 * 60_000;

export interface VehicleLoads {
  readonly vehicle: string;
  /** The most people who were on board at once in each step, from the first to the last. */
  readonly loads: readonly number[];
}

export interface DayLoads {
  readonly stepMs: number;
  /** When the first step begins; null where nobody was on board all day. */
  readonly from: number | null;
  readonly vehicles: readonly VehicleLoads[];
}

/** How full each vehicle was over a service day: whoever stays on board is counted in every step. */
export function loadsOf(vehicles: Iterable<VehicleDay>): DayLoads {
  const all = [...vehicles].sort((a, b) => (a.vehicle < b.vehicle ? -1 : 1));
  const moments = all.flatMap(({ loads }) => loads.map(({ at }) => at));
  if (moments.length === 0) return { stepMs, from: null, vehicles: [] };
  const [earliest, latest] = moments.reduce(
    ([first, last], at) => [Math.min(first, at), Math.max(last, at)],
    [Number.POSITIVE_INFINITY, 0],
  );
  const from = Math.floor(earliest / stepMs) * stepMs;
  const steps = Math.floor((latest - from) / stepMs) + 1;
  return {
    ...{ stepMs, from },
    vehicles: all.map(({ vehicle, loads }) => ({ vehicle, loads: inSteps(loads, from, steps) })),
  };
}

function inSteps(loads: VehicleDay["loads"], from: number, steps: number): readonly number[] {
  const most = Array<number>(steps).fill(0);
  let before = 0;
  let next = 0;
  for (let step = 0; step < steps; step++) {
    let peak = before;
    const end = from + (step + 1) * stepMs;
    for (let known = loads[next]; known && known.at < end; known = loads[next]) {
      peak = Math.max(peak, known.load);
      before = known.load;
      next += 1;
    }
    most[step] = peak;
  }
  return most;
}
