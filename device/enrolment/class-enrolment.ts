import { basename } from "node:path";
import { type ErrorCode, TeburaError } from "#contract/errors.ts";
import type { PersonId } from "#contract/ids.ts";
import { type CalibrationRow, falseMatchRateAt } from "#models/calibration.ts";
import type { RgbImage } from "#models/image.ts";
import { identificationThreshold } from "../gallery/index/identification.ts";
import type { QualityReason } from "../vision/quality.ts";
import type { Vision } from "../vision/vision.ts";
import type { ConsentedChild } from "./class-folder.ts";
import { fuseTemplates } from "./enrol.ts";
import { theOneFace } from "./one-face.ts";
import type { PersonFolder } from "./photo-folder.ts";

/** What is wrong with a picture or a child, for programs; the report has words for each. */
export type ClassProblem =
  | Extract<ErrorCode, "FACE_NOT_FOUND" | "FACE_AMBIGUOUS" | "IMAGE_UNREADABLE" | "IMAGE_TOO_LARGE">
  | Extract<ErrorCode, "CONSENT_NEEDED" | "NAME_TAKEN">
  | "CONSENT_ENDED"
  /** A card has signed it, and the gateway has not yet said that it counts. */
  | "CONSENT_PENDING"
  | "PICTURE_MISSING"
  | "PICTURES_DIFFER"
  | QualityReason;

export interface ClassRow {
  readonly name: string;
  /** Stored now, or would be in a dry run. */
  readonly enrolled: boolean;
  readonly problem: ClassProblem | undefined;
  /** Names of files only; the folder is the reader's own. */
  readonly pictures: readonly {
    readonly file: string;
    readonly problem: ClassProblem | undefined;
  }[];
  readonly looksLike: readonly string[];
}

export interface ClassPorts {
  readonly vision: Pick<Vision, "detect" | "describe">;
  readonly gallery: {
    find(name: string): PersonId | undefined;
    nameOf(person: PersonId): string | undefined;
    load(): Iterable<{ readonly person: PersonId; readonly template: Float32Array }>;
    enrol(request: {
      readonly name: string;
      readonly templates: readonly Float32Array[];
      readonly replace: boolean;
    }): PersonId;
    markLookAlikes(one: PersonId, other: PersonId): void;
    transaction<T>(work: () => T): T;
  };
  readonly calibration: readonly CalibrationRow[];
  readImage(path: string): Promise<RgbImage>;
  /** Today as YYYY-MM-DD, where the school is. */
  readonly today: string;
}

interface Order {
  readonly children: readonly PersonFolder[];
  readonly consented: readonly ConsentedChild[];
  readonly replace: boolean;
  readonly isDry: boolean;
}

/** Two pictures of one child are more alike than all but one in a thousand pairs of strangers. */
const oneChildRateMax = 0.001;
/** Whoever would be named as another at this rate of false positive identifications is a look-alike. */
const lookAlikeRate = 0.01;

interface Described {
  readonly name: string;
  readonly template: Float32Array;
}

/**
 * Enrols a class from pictures, for those children alone whose guardians have agreed: of the others not
 * even a template is made. Everybody who can be is written in one step at the end; a dry run writes nothing.
 */
export async function enrolClass(order: Order, ports: ClassPorts): Promise<readonly ClassRow[]> {
  const rows: ClassRow[] = [];
  const described: Described[] = [];
  for (const child of order.children) {
    const problem = standing(child.name, order, ports);
    const looked = problem
      ? { pictures: [], template: undefined, problem }
      : await lookAt(child, ports);
    const { pictures, template } = looked;
    if (template) described.push({ name: child.name, template });
    const enrolled = template !== undefined;
    rows.push({ name: child.name, enrolled, problem: looked.problem, pictures, looksLike: [] });
  }
  const known = new Set(order.children.map(({ name }) => name.toLowerCase()));
  for (const { name } of order.consented) {
    if (known.has(name.toLowerCase())) continue;
    const problem = "PICTURE_MISSING";
    rows.push({ name, enrolled: false, problem, pictures: [], looksLike: [] });
  }
  const alike = resembling(described, ports);
  if (!order.isDry) keep(described, alike, ports);
  for (const { template } of described) template.fill(0);
  return rows.map((row) => ({
    ...row,
    looksLike: alike.get(row.name)?.map(({ name }) => name) ?? [],
  }));
}

/** Why a child's pictures are not even looked at. */
function standing(name: string, order: Order, { gallery, today }: ClassPorts) {
  const consent = order.consented.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (!consent) return "CONSENT_NEEDED" as const;
  if (consent.problem) return consent.problem;
  if (consent.until !== undefined && consent.until < today) return "CONSENT_ENDED" as const;
  return gallery.find(name) !== undefined && !order.replace ? ("NAME_TAKEN" as const) : undefined;
}

async function lookAt({ photographs }: PersonFolder, ports: ClassPorts) {
  const pictures: { file: string; problem: ClassProblem | undefined }[] = [];
  const templates: Float32Array[] = [];
  for (const path of photographs) {
    const seen = await templateIn(path, ports);
    pictures.push({ file: basename(path), problem: typeof seen === "string" ? seen : undefined });
    if (typeof seen !== "string") templates.push(seen);
  }
  try {
    const problem = problemOf(templates, pictures, ports.calibration);
    return { pictures, problem, template: problem ? undefined : fuseTemplates(templates) };
  } finally {
    for (const template of templates) template.fill(0);
  }
}

function problemOf(
  templates: readonly Float32Array[],
  pictures: readonly { readonly problem: ClassProblem | undefined }[],
  calibration: readonly CalibrationRow[],
): ClassProblem | undefined {
  const [first] = templates;
  if (!first) return pictures[0]?.problem ?? "PICTURE_MISSING";
  const isOne = templates.every(
    (each) =>
      each === first || falseMatchRateAt(calibration, cosine(first, each)) <= oneChildRateMax,
  );
  return isOne ? undefined : "PICTURES_DIFFER";
}

async function templateIn(
  path: string,
  { vision, readImage }: ClassPorts,
): Promise<Float32Array | ClassProblem> {
  try {
    const image = await readImage(path);
    const { faces } = await vision.detect(image);
    const face = theOneFace(faces, path, image);
    const [reason] = face.quality.reasons;
    return reason ?? (await vision.describe(image, face));
  } catch (error) {
    if (error instanceof TeburaError) return error.code as ClassProblem;
    throw error;
  }
}

interface Alike {
  readonly name: string;
  /** Enrolled before; undefined for somebody of this class. */
  readonly person: PersonId | undefined;
}

/** Who of the class resembles whom, in the class and among the enrolled; nobody resembles themselves. */
function resembling(
  described: readonly Described[],
  { gallery, calibration }: ClassPorts,
): ReadonlyMap<string, readonly Alike[]> {
  const enrolled = [...gallery.load()];
  const people = enrolled.length + described.length;
  const min = identificationThreshold(calibration, people, lookAlikeRate);
  const similarityMin = min ?? calibration.at(-1)?.threshold ?? 1;
  const found = new Map<string, Alike[]>();
  for (const { name, template } of described) {
    const own = gallery.find(name);
    const before = enrolled
      .filter(({ person }) => person !== own)
      .filter((other) => cosine(template, other.template) >= similarityMin)
      .map(({ person }) => ({ name: gallery.nameOf(person) ?? "", person }));
    const beside = described
      .filter((other) => other.name !== name)
      .filter((other) => cosine(template, other.template) >= similarityMin)
      .map((other) => ({ name: other.name, person: undefined }));
    if (before.length + beside.length > 0) found.set(name, [...before, ...beside]);
  }
  for (const { template } of enrolled) template.fill(0);
  return found;
}

function keep(
  described: readonly Described[],
  alike: ReadonlyMap<string, readonly Alike[]>,
  { gallery }: ClassPorts,
): void {
  gallery.transaction(() => {
    for (const { name, template } of described) {
      gallery.enrol({ name, templates: [template], replace: true });
    }
    for (const [name, others] of alike) {
      const person = gallery.find(name);
      for (const other of others) {
        const second = other.person ?? gallery.find(other.name);
        if (person && second) gallery.markLookAlikes(person, second);
      }
    }
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
