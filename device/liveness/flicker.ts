/** Brightness of the face and of what surrounds it in one frame. */
export interface Brightness {
  readonly atMs: number;
  readonly face: number;
  readonly around: number;
}

export interface Flicker {
  /** Amplitude of the strongest regular change, as a share of the face's brightness. */
  readonly amplitude: number;
  /** The share of all changes that this one frequency makes up, 0 to 1. */
  readonly share: number;
}

const framesMin = 16;
/** Slower changes are clouds, passers-by and the person's own movement. */
const [hertzMin, hertzMax] = [2.5, 14];
const hertzStep = 0.25;

/**
 * A screen that is lit in pulses beats against the camera's shutter, which its surroundings do not. The
 * strongest frequency of the face's brightness over its surroundings', by least squares at the frames'
 * own times (Lomb 1976). Undefined for a track that is too short.
 */
export function flickerOf(track: readonly Brightness[]): Flicker | undefined {
  const lit = track.filter(({ face, around }) => face > 0 && around > 0);
  if (lit.length < framesMin) return undefined;
  const values = detrended(lit.map(({ face, around }) => Math.log(face / around)));
  const total = values.reduce((sum, value) => sum + value * value, 0);
  if (total === 0) return { amplitude: 0, share: 0 };
  let best = { amplitude: 0, share: 0 };
  for (let hertz = hertzMin; hertz <= hertzMax; hertz += hertzStep) {
    const share = explained(values, lit, hertz) / total;
    if (share <= best.share) continue;
    best = { share, amplitude: Math.sqrt((2 * share * total) / values.length) };
  }
  return best;
}

/** Removes what changes slowly: each value less the mean of its neighbours. */
function detrended(values: readonly number[]): readonly number[] {
  const reach = 4;
  return values.map((value, i) => {
    const around = values.slice(Math.max(0, i - reach), i + reach + 1);
    return value - around.reduce((sum, each) => sum + each, 0) / around.length;
  });
}

/** Sum of squares that a sine of this frequency explains. */
function explained(values: readonly number[], track: readonly Brightness[], hertz: number): number {
  let [c, s, cc, ss, cs] = [0, 0, 0, 0, 0];
  for (const [i, value] of values.entries()) {
    const angle = (2 * Math.PI * hertz * track[i]!.atMs) / 1_000;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    c += value * cos;
    s += value * sin;
    cc += cos * cos;
    ss += sin * sin;
    cs += cos * sin;
  }
  const determinant = cc * ss - cs * cs;
  // At half the frame rate sine and cosine are the same: then one of them is all there is.
  if (determinant < 1e-6 * (cc * ss + 1)) return Math.max((c * c) / (cc || 1), (s * s) / (ss || 1));
  return (c * c * ss - 2 * c * s * cs + s * s * cc) / determinant;
}
