import { TeburaError } from "#contract/errors.ts";
import type { PersonId } from "#contract/ids.ts";
import { type CalibrationRow, falseMatchRateAt } from "#models/calibration.ts";
import { fuseTemplates } from "../enrolment/enrol.ts";
import { checkedName } from "../enrolment/photo-folder.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";

export interface KeepPorts {
  readonly gallery: Pick<GalleryStore, "find" | "enrol" | "templatesOf">;
  readonly index: { remove(person: PersonId): boolean };
  readonly calibration: readonly CalibrationRow[];
  /** Adds the template to those that are searched. */
  welcome(person: PersonId, template: Float32Array): void;
}

/**
 * A known name may be enrolled anew by whom the old template recognises: at most one stranger in a
 * thousand would pass for them (ISO/IEC 19795-1: a false match rate of one comparison). Anybody else
 * who types that name is told that it is taken, so nobody can put their face in another's place.
 */
const renewalRateMax = 0.001;

/**
 * Keeps whom a sitting has shown, under `text` as the name. Throws NAME_INVALID, NAME_TAKEN and what
 * the gallery throws. The templates stay the caller's, who wipes them.
 */
export function keepPerson(
  ports: KeepPorts,
  text: string,
  templates: readonly Float32Array[],
): { readonly person: PersonId; readonly renewed: boolean } {
  const name = checkedName(text);
  const template = fuseTemplates(templates);
  try {
    const known = ports.gallery.find(name);
    if (known !== undefined && !isRecognised(ports, known, template)) {
      throw new TeburaError("NAME_TAKEN", "somebody else is enrolled under this name");
    }
    const renewed = known !== undefined;
    const person = ports.gallery.enrol({ name, templates: [template], replace: renewed });
    if (renewed) ports.index.remove(person);
    ports.welcome(person, template);
    return { person, renewed };
  } finally {
    template.fill(0);
  }
}

function isRecognised(
  { gallery, calibration }: KeepPorts,
  person: PersonId,
  probe: Float32Array,
): boolean {
  let isSame = false;
  for (const kept of gallery.templatesOf(person)) {
    let similarity = 0;
    for (let i = 0; i < probe.length; i++) similarity += probe[i]! * kept[i]!;
    kept.fill(0);
    isSame ||= falseMatchRateAt(calibration, similarity) <= renewalRateMax;
  }
  return isSame;
}
