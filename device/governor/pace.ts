/** How much a box looks at, from everything to what a hot one can still do. */
export interface Pace {
  /** Every so many frames the detector searches for people; between them known faces are followed. */
  readonly detectEvery: number;
  /** At least so long from the start of one frame to the next. */
  readonly frameMsMin: number;
}

/** From a cool and idle box to one that is about to throttle itself. */
export const paces: readonly Pace[] = [
  { detectEvery: 1, frameMsMin: 0 },
  { detectEvery: 2, frameMsMin: 0 },
  { detectEvery: 4, frameMsMin: 0 },
  { detectEvery: 4, frameMsMin: 100 },
  { detectEvery: 6, frameMsMin: 200 },
];

/** What the box and its work are doing. */
export interface Strain {
  /** Of the hottest part, in degrees Celsius; undefined where nothing measures it. */
  readonly temperature: number | undefined;
  /** Of all cores by everything that runs, 0 to 1; undefined where nothing measures it. */
  readonly load: number | undefined;
  /** The share of the time that went into frames, 0 to 1. */
  readonly busy: number;
  /** Frames that were replaced by newer ones before anybody looked at them, as a share of all. */
  readonly missed: number;
}

/**
 * A Raspberry Pi 4 and 5 slow themselves down from 80 °C on, and further at 85; Jetsons from about the
 * same. A box that slows down by itself first, stays in charge of what it leaves out.
 */
export const strainLimits = {
  hot: 78,
  veryHot: 84,
  cool: 70,
  loadMax: 0.95,
  loadCalm: 0.7,
  busyMax: 0.9,
  busyCalm: 0.55,
  missedMax: 0.1,
} as const;

/** Whether to do less, more, or the same. Heat goes before everything. */
export function directionOf(strain: Strain): "less" | "much-less" | "more" | "same" {
  const { temperature, load, busy, missed } = strain;
  const limits = strainLimits;
  if (temperature !== undefined && temperature >= limits.veryHot) return "much-less";
  if (temperature !== undefined && temperature >= limits.hot) return "less";
  const isLate = busy >= limits.busyMax && missed >= limits.missedMax;
  if (isLate || (load !== undefined && load >= limits.loadMax && missed >= limits.missedMax)) {
    return "less";
  }
  const isCool = temperature === undefined || temperature <= limits.cool;
  const isCalm = busy <= limits.busyCalm && (load === undefined || load <= limits.loadCalm);
  return isCool && isCalm ? "more" : "same";
}
