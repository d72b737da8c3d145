import type { PersonId } from "#contract/ids.ts";
import type { GalleryHit, GalleryIndex } from "../gallery-index.ts";

/**
 * The other people whom a new template resembles, best first: siblings, twins, a child and a
 * parent, or one person enrolled twice. Asked at enrolment, so that whoever is reported can be
 * sent to the step-up instead of being guessed. `similarityMin` is best the threshold at which the
 * door admits (`identificationThreshold`); at most `limit` people are reported.
 */
export async function findLookAlikes(
  index: Pick<GalleryIndex, "search">,
  enrolled: { readonly person: PersonId; readonly templates: readonly Float32Array[] },
  options: { readonly similarityMin: number; readonly limit: number },
): Promise<readonly GalleryHit[]> {
  const best = new Map<PersonId, number>();
  for (const template of enrolled.templates) {
    for (const hit of await index.search(template, options.limit + 1)) {
      if (hit.person === enrolled.person || hit.similarity < options.similarityMin) continue;
      best.set(hit.person, Math.max(hit.similarity, best.get(hit.person) ?? -Infinity));
    }
  }
  return [...best]
    .map(([person, similarity]) => ({ person, similarity }))
    .sort((a, b) => b.similarity - a.similarity || (a.person < b.person ? -1 : 1))
    .slice(0, options.limit);
}
