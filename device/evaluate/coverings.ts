import type { RgbImage } from "#models/image.ts";
import { type Covering, coveringOf } from "../enrolment/covering.ts";
import type { Observation } from "../vision/vision.ts";
import { type FaceSetPorts, middleFace } from "./face-set.ts";
import { cloths, lenses, withGlasses, withMask } from "./paint-coverings.ts";
import { type Rate, rateOf } from "./rates.ts";

type Kind = "bare" | `mask-${keyof typeof cloths}` | `glasses-${keyof typeof lenses}`;

export interface CoveringReport {
  readonly photographs: number;
  /** Of the photographs as they are. Some people do wear dark glasses: nobody has looked. */
  readonly bareNamed: Readonly<Record<Covering, Rate>>;
  /** Of each painted covering, how often it is named, among the faces that are still found. */
  readonly named: Readonly<Record<string, Rate>>;
  readonly notFound: number;
  /** Of those who are told to take a mask off, how many wear one, where this share of all people do. */
  readonly maskPrecisionAtShare: Readonly<Record<string, number>>;
  /** The same of dark glasses. */
  readonly glassesPrecisionAtShare: Readonly<Record<string, number>>;
}

interface Count {
  seen: number;
  mouth: number;
  eyes: number;
}

const shares = ["0.3", "0.1", "0.03", "0.01"] as const;

/**
 * How often a mask or dark glasses are named that are painted onto the photographs, and how often where
 * nothing was painted. The meshes are those that the covered faces give, as at a door.
 */
export async function evaluateCoverings(
  photographs: readonly string[],
  ports: Omit<FaceSetPorts, "vision"> & { readonly vision: Pick<FaceSetPorts["vision"], "detect"> },
): Promise<CoveringReport> {
  const counts = new Map<Kind, Count>();
  let [looked, notFound] = [0, 0];
  const faceOf = async (image: RgbImage) =>
    middleFace((await ports.vision.detect(image)).faces, image);
  for (const [index, path] of photographs.entries()) {
    ports.signal.throwIfAborted();
    const photograph = await ports.readImage(path);
    const bare = await faceOf(photograph);
    ports.onProgress(index + 1, photographs.length);
    if (!bare) continue;
    looked += 1;
    for (const [kind, image] of versionsOf(photograph, bare, index)) {
      const face = kind === "bare" ? bare : await faceOf(image);
      if (face) count(counts, kind, coveringOf(image, face.landmarks));
      else notFound += 1;
    }
  }
  const rate = (kind: Kind, covering: Covering) => {
    const { seen, ...named } = counts.get(kind) ?? { seen: 0, mouth: 0, eyes: 0 };
    return rateOf(named[covering], seen);
  };
  const bareNamed = { mouth: rate("bare", "mouth"), eyes: rate("bare", "eyes") };
  const painted = [...counts.keys()].filter((kind) => kind !== "bare").toSorted();
  const coveringIn = (kind: Kind): Covering => (kind.startsWith("mask-") ? "mouth" : "eyes");
  const named = painted.map((kind) => [kind, rate(kind, coveringIn(kind))] as const);
  const precision = (covering: Covering) => {
    const own = named.filter(([kind]) => coveringIn(kind) === covering);
    const right = own.reduce((sum, [, { value }]) => sum + value / own.length, 0);
    return Object.fromEntries(
      shares.map((share) => {
        const [wearing, wrong] = [
          Number(share) * right,
          (1 - Number(share)) * bareNamed[covering].value,
        ];
        return [share, wearing + wrong === 0 ? 0 : wearing / (wearing + wrong)];
      }),
    );
  };
  return {
    ...{ photographs: looked, bareNamed, named: Object.fromEntries(named), notFound },
    maskPrecisionAtShare: precision("mouth"),
    glassesPrecisionAtShare: precision("eyes"),
  };
}

/** The photograph as it is, and with one covering after another. */
function* versionsOf(
  image: RgbImage,
  { landmarks }: Observation,
  seed: number,
): Generator<readonly [Kind, RgbImage]> {
  yield ["bare", image];
  for (const cloth of Object.keys(cloths) as (keyof typeof cloths)[]) {
    yield [`mask-${cloth}`, withMask(image, landmarks, cloth, seed)];
  }
  for (const lens of Object.keys(lenses) as (keyof typeof lenses)[]) {
    yield [`glasses-${lens}`, withGlasses(image, landmarks, lens, seed)];
  }
}

function count(counts: Map<Kind, Count>, kind: Kind, covering: Covering | undefined): void {
  const own = counts.get(kind) ?? { seen: 0, mouth: 0, eyes: 0 };
  counts.set(kind, own);
  own.seen += 1;
  if (covering) own[covering] += 1;
}
