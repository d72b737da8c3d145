import type { PersonId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { keepPhotographs } from "../consent/keep-consented.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import type { ClassPorts } from "./class-enrolment.ts";
import type { ConsentedChild } from "./class-folder.ts";

/**
 * Who of a class has a consent to a service that a card signed at this box, and whether it counts now: the
 * gateway has it on record, and it has begun and not ended. Of nobody else a picture is opened.
 */
export function signedConsents(
  store: GalleryStore,
  names: readonly string[],
  service: Service,
  now: WallMs,
): readonly ConsentedChild[] {
  return names.flatMap((name) => {
    const person = store.find(name);
    const agreed = person && store.agreed.of(person).find((one) => one.service === service);
    if (!agreed) return [];
    const isOver = now >= agreed.until;
    const isOpen = !agreed.counted || now < agreed.from;
    const problem = isOver ? "CONSENT_ENDED" : isOpen ? "CONSENT_PENDING" : undefined;
    return [{ name, until: undefined, problem }];
  });
}

/** The gallery as a class's pictures are written to it: under the consents that stand, and no others. */
export function consentedClassGallery(store: GalleryStore, now: WallMs): ClassPorts["gallery"] {
  const find = (name: string): PersonId | undefined => {
    const person = store.find(name);
    return person && store.hasTemplates(person) ? person : undefined;
  };
  return {
    find,
    nameOf: (person) => store.nameOf(person),
    load: () => store.load(),
    enrol({ name, templates }) {
      // Whoever has no consent was told so before a picture of theirs was opened.
      const person = store.find(name)!;
      keepPhotographs(store, person, { name, templates }, now);
      return person;
    },
    markLookAlikes: (one, other) => store.markLookAlikes(one, other),
    transaction: (work) => store.transaction(work),
  };
}
