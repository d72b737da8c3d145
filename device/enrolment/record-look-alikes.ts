import type { PersonId } from "#contract/ids.ts";
import { type CalibrationRow, falseMatchRateAt } from "#models/calibration.ts";
import type { GalleryIndex } from "../gallery/gallery-index.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import { identificationThreshold } from "../gallery/index/identification.ts";
import { findLookAlikes } from "../gallery/index/look-alikes.ts";

export interface LookAlikePorts {
  readonly index: Pick<GalleryIndex, "search" | "people">;
  readonly gallery: Pick<GalleryStore, "templatesOf" | "markLookAlikes">;
  readonly calibration: readonly CalibrationRow[];
}

/** Whoever would be named as another at this rate of false positive identifications is a look-alike. */
const rate = 0.01;
const reportedMax = 8;
/** A clerk is not asked about half a school. */
const askedMax = 3;

/** A gallery too large for what was measured: the highest threshold that was measured at all. */
const similarityMinFor = (calibration: readonly CalibrationRow[], people: number) =>
  identificationThreshold(calibration, people, rate) ?? calibration.at(-1)?.threshold ?? 1;

/** Who of the enrolled resembles a face that is to be enrolled, best first, and how often a stranger would as much. */
export async function resemblingPeople(
  { index, calibration }: Pick<LookAlikePorts, "index" | "calibration">,
  template: Float32Array,
  except: PersonId | undefined,
): Promise<readonly { readonly person: PersonId; readonly falseMatchRate: number }[]> {
  const similarityMin = similarityMinFor(calibration, index.people);
  const enrolled = { person: except ?? ("" as PersonId), templates: [template] };
  const found = await findLookAlikes(index, enrolled, { similarityMin, limit: askedMax });
  return found.map(({ person, similarity }) => ({
    ...{ person, falseMatchRate: falseMatchRateAt(calibration, similarity) },
  }));
}

/** Finds and remembers the look-alikes of newly enrolled people; returns the number of pairs. */
export async function recordLookAlikes(
  { index, gallery, calibration }: LookAlikePorts,
  people: readonly PersonId[],
): Promise<number> {
  const similarityMin = similarityMinFor(calibration, index.people);
  const pairs = new Set<string>();
  for (const person of people) {
    const templates = gallery.templatesOf(person);
    const options = { similarityMin, limit: reportedMax };
    for (const other of await findLookAlikes(index, { person, templates }, options)) {
      gallery.markLookAlikes(person, other.person);
      pairs.add([person, other.person].sort().join(" "));
    }
    for (const template of templates) template.fill(0);
  }
  return pairs.size;
}
