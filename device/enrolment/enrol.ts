import { type ErrorCode, TeburaError } from "#contract/errors.ts";
import type { PersonId } from "#contract/ids.ts";
import type { RgbImage } from "#models/image.ts";
import type { Vision } from "../vision/vision.ts";
import { theOneFace } from "./one-face.ts";
import type { PersonFolder } from "./photo-folder.ts";

/** The part of the gallery that enrolment writes. */
export interface EnrolmentGallery {
  /** Adds a person, or gives a known name new templates in place of the old. */
  enrol(request: {
    readonly name: string;
    readonly templates: readonly Float32Array[];
    readonly replace: boolean;
  }): PersonId;
  /** All of `work` or nothing of it, also when the process is killed meanwhile. */
  transaction<T>(work: () => T): T;
}

export interface EnrolmentPorts {
  readonly vision: Pick<Vision, "detect" | "describe">;
  readonly gallery: EnrolmentGallery;
  readImage(path: string): Promise<RgbImage>;
}

/** One photograph that could not be used, and why. The path stays on the box, in its own report. */
export interface RefusedPhotograph {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface EnrolmentReport {
  readonly enrolled: readonly { readonly name: string; readonly person: PersonId }[];
  readonly photographs: number;
  readonly refused: readonly RefusedPhotograph[];
}

/**
 * One template from several photographs of one person: the mean, of unit length. On public faces it
 * misses a third fewer people than comparing with each photograph and keeping the best.
 */
export function fuseTemplates(templates: readonly Float32Array[]): Float32Array {
  const fused = new Float32Array(templates[0]?.length ?? 0);
  for (const template of templates) {
    for (let i = 0; i < fused.length; i++) fused[i]! += template[i]!;
  }
  const length = Math.hypot(...fused) || 1;
  return fused.map((value) => value / length);
}

/** The template of the one face in a picture. `where` names the picture in an error's message. */
export async function describeOneFace(
  image: RgbImage,
  where: string,
  vision: EnrolmentPorts["vision"],
): Promise<Float32Array> {
  const { faces } = await vision.detect(image);
  return await vision.describe(image, theOneFace(faces, where, image));
}

/**
 * Enrols people from photographs. A photograph that cannot be used is reported and the others go on;
 * a person without any usable photograph is not enrolled. All people are written in one step at the
 * end: a crash leaves the old gallery or the new one. Templates are wiped before returning.
 */
export async function enrolPeople(
  people: readonly PersonFolder[],
  options: { readonly replace: boolean },
  ports: EnrolmentPorts,
): Promise<EnrolmentReport> {
  const described: { name: string; template: Float32Array }[] = [];
  const refused: RefusedPhotograph[] = [];
  let count = 0;
  for (const { name, photographs } of people) {
    const templates: Float32Array[] = [];
    for (const path of photographs) {
      try {
        templates.push(await describeOneFace(await ports.readImage(path), path, ports.vision));
      } catch (error) {
        refused.push(refusalOf(path, error));
      }
    }
    if (templates.length === 0) continue;
    described.push({ name, template: fuseTemplates(templates) });
    for (const template of templates) template.fill(0);
    count += templates.length;
  }
  const enrolled = ports.gallery.transaction(() =>
    described.map(({ name, template }) => ({
      name,
      person: ports.gallery.enrol({ name, templates: [template], replace: options.replace }),
    })),
  );
  for (const { template } of described) template.fill(0);
  return { enrolled, photographs: count, refused };
}

function refusalOf(path: string, error: unknown): RefusedPhotograph {
  if (!(error instanceof TeburaError)) throw error;
  return { path, code: error.code, message: error.message };
}
