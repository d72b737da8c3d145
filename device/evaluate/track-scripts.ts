/** Where one of the people of a made video is in one frame. */
export interface Placed {
  /** Which of the people, from 0 on. */
  readonly person: number;
  /** Middle between the eyes, as shares of the frame's width and height. */
  readonly x: number;
  readonly y: number;
  /** Distance between the eyes in pixels. */
  readonly eyesPx: number;
  /** How often this person has entered before: each entrance may show another photograph. */
  readonly entrance: number;
}

export interface TrackScript {
  readonly name: string;
  readonly people: number;
  readonly seconds: number;
  /** Who is where at a time, the farthest first; whoever is outside the frame is left. */
  at(seconds: number): readonly Placed[];
}

const between = (from: number, to: number, share: number) =>
  from + (to - from) * Math.max(0, Math.min(1, share));

/** Walks from one place to another within a time. */
const walk = (x: readonly [number, number], from: number, until: number) => (seconds: number) =>
  between(x[0], x[1], (seconds - from) / (until - from));

function placed(person: number, x: number, more: Partial<Placed> = {}): Placed {
  return { ...{ person, x, y: 0.45, eyesPx: 42, entrance: 0 }, ...more };
}

/** Two people pass each other, the nearer one before the other. */
const crossing: TrackScript = {
  ...{ name: "crossing", people: 2, seconds: 4 },
  at: (t) => [
    placed(0, walk([0.1, 0.9], 0, 4)(t), { eyesPx: 36, y: 0.43 }),
    placed(1, walk([0.9, 0.1], 0, 4)(t), { eyesPx: 44 }),
  ],
};

/** Two people meet, stand close together, and each goes back to where they came from. */
const meeting: TrackScript = {
  ...{ name: "meeting", people: 2, seconds: 5 },
  at: (t) => {
    const near = t < 2 ? t / 2 : t < 3 ? 1 : (5 - t) / 2;
    return [placed(0, between(0.15, 0.455, near)), placed(1, between(0.85, 0.545, near))];
  },
};

/** One person stands, goes, and the next takes the very place. */
const queue: TrackScript = {
  ...{ name: "queue", people: 3, seconds: 6.6 },
  at: (t) =>
    [0, 1, 2].map((person) => {
      const since = t - person * 2.2;
      const x =
        since < 0.7 ? walk([-0.15, 0.5], 0, 0.7)(since) : walk([0.5, 1.15], 1.7, 2.3)(since);
      return placed(person, since < 0 ? -1 : x);
    }),
};

/** One person stands and is covered for a moment by another who walks by close to the camera. */
const covered: TrackScript = {
  ...{ name: "covered", people: 2, seconds: 4 },
  at: (t) => [
    placed(0, 0.5, { eyesPx: 34, y: 0.42 }),
    placed(1, walk([-0.2, 1.2], 0.5, 3.5)(t), { eyesPx: 62, y: 0.46 }),
  ],
};

/** One person leaves, and comes back from the other side a second and a half later. */
const returning: TrackScript = {
  ...{ name: "returning", people: 1, seconds: 6 },
  at: (t) =>
    t < 3.5
      ? [placed(0, walk([0.3, 1.15], 0, 2)(t))]
      : [placed(0, walk([1.15, 0.4], 3.5, 5.5)(t), { entrance: 1 })],
};

/** One person leaves, and another comes by the same side a second later. */
const leaving: TrackScript = {
  ...{ name: "leaving", people: 2, seconds: 6 },
  at: (t) =>
    t < 3 ? [placed(0, walk([0.3, 1.15], 0, 2)(t))] : [placed(1, walk([1.15, 0.4], 3, 5)(t))],
};

/** Five people at once, at five speeds both ways. */
const crowd: TrackScript = {
  ...{ name: "crowd", people: 5, seconds: 6 },
  at: (t) =>
    [0, 1, 2, 3, 4].map((person) => {
      const ends: readonly [number, number] = person % 2 ? [1.12, -0.12] : [-0.12, 1.12];
      const x = walk(ends, 0.35 * person, 3.4 + 0.5 * person)(t);
      return placed(person, x, { y: 0.3 + 0.08 * person, eyesPx: 30 + 5 * person });
    }),
};

export const trackScripts: readonly TrackScript[] = [
  ...[crossing, meeting, queue, covered, returning, leaving, crowd],
];
