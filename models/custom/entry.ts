import * as z from "zod";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import { modelNames } from "../manifest.ts";

const tensorName = z.string().min(1).max(200);
const rgb = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive().max(1e6);

const common = {
  /** What the configuration calls it. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "small letters, digits and hyphens, 40 at most"),
  licence: z.strictObject({
    /** An SPDX identifier where there is one. */
    name: z.string().min(1).max(200),
    commercialUse: z.boolean(),
    /** The terms, or the part that binds whoever uses the network. */
    text: z.string().min(1).max(100_000),
    url: z.url({ protocol: /^https$/ }).optional(),
  }),
  /** Where it is from, in words. */
  source: z.string().max(2_000).optional(),
};

/** The network takes (value - mean of its channel) × scale, from 8-bit values; NCHW, float32. */
const pixels = {
  channels: z.enum(["RGB", "BGR"]),
  /** In the order red, green, blue, whatever `channels` says. */
  mean: rgb,
  /** In the order red, green, blue, or one number for all three. */
  scale: z.union([positive, z.tuple([positive, positive, positive])]),
};

const calibrationSchema = z
  .array(
    z.strictObject({
      threshold: z.number().min(-1).max(1),
      falseMatchRate: z.number().positive().max(1),
    }),
  )
  .max(1_000)
  .refine(
    (rows) =>
      rows.every((row, i) => {
        const before = rows[i - 1];
        return (
          !before ||
          (row.threshold > before.threshold && row.falseMatchRate <= before.falseMatchRate)
        );
      }),
    "thresholds must rise and rates must not",
  );

const leadsSchema = z
  .array(
    z.strictObject({
      threshold: z.number().min(-1).max(1),
      falsePositiveIdentificationRate: z.number().positive().max(1),
    }),
  )
  .max(1_000)
  .refine(
    (rows) =>
      rows.every((row, i) => {
        const before = rows[i - 1];
        return (
          !before ||
          (row.threshold >= before.threshold &&
            row.falsePositiveIdentificationRate <= before.falsePositiveIdentificationRate)
        );
      }),
    "thresholds must rise and rates must not",
  );

const yunetSchema = z.strictObject({
  ...common,
  kind: z.literal("yunet"),
  ...pixels,
  /** cls_8 and so on are the outputs; the picture is made square, `side` pixels wide. */
  input: z.strictObject({ name: tensorName, side: z.int().multipleOf(32).min(64).max(2_048) }),
});

const blazefaceSchema = z.strictObject({
  ...common,
  kind: z.literal("blazeface"),
  ...pixels,
  input: z.strictObject({ name: tensorName, side: z.union([z.literal(128), z.literal(256)]) }),
  /** [1, 896, 16] and [1, 896, 1], anchors as in the bundled network. */
  outputs: z.strictObject({ boxes: tensorName, scores: tensorName }),
  /** Whether the scores still need a sigmoid. */
  scoresAreLogits: z.boolean().default(false),
});

const embedderSchema = z.strictObject({
  ...common,
  kind: z.literal("embedder"),
  ...pixels,
  /** "arcface": five points on a square of 112; "dlib": dlib's chip. Both are scaled to `side`. */
  alignment: z.enum(["arcface", "dlib"]),
  input: z.strictObject({ name: tensorName, side: z.int().min(16).max(512) }),
  output: z.strictObject({ name: tensorName, dimensions: z.int().min(2).max(4_096) }),
  /** Whether the template is the mean of the face and its mirror image. */
  mirrorAveraged: z.boolean(),
  /** Written by `evaluate calibrate`; without it the network promises nothing. */
  scoreToFalseMatchRate: calibrationSchema.default([]),
  /** The same of searches; without it bare scores and the number of people decide. */
  leads: leadsSchema.default([]),
});

const entrySchema = z.discriminatedUnion("kind", [yunetSchema, blazefaceSchema, embedderSchema]);

/** What is known about a network of somebody else's making. */
export type CustomEntry = Readonly<z.infer<typeof entrySchema>>;
export type EmbedderEntry = Extract<CustomEntry, { kind: "embedder" }>;
export type DetectorEntry = Exclude<CustomEntry, EmbedderEntry>;
export type CustomCalibration = Pick<EmbedderEntry, "scoreToFalseMatchRate" | "leads">;

/** Reads an entry; a key too many is refused. `from` names it in the error. Throws MODEL_ENTRY_INVALID. */
export function parseCustomEntry(input: unknown, from: string): CustomEntry {
  return parse(entrySchema, input, from);
}

const tablesSchema = z.strictObject({
  scoreToFalseMatchRate: calibrationSchema.min(1),
  leads: leadsSchema.default([]),
});

/** Reads the two tables that `evaluate calibrate` writes. Throws MODEL_ENTRY_INVALID. */
export function parseCalibration(input: unknown, from: string): CustomCalibration {
  return parse(tablesSchema, input, from);
}

function parse<T>(schema: z.ZodType<T>, input: unknown, from: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TeburaError("MODEL_ENTRY_INVALID", `${from}: ${z.prettifyError(parsed.error)}`);
}

/** JSON text as a value. Throws MODEL_ENTRY_INVALID. */
export function parseEntryJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TeburaError("MODEL_ENTRY_INVALID", `${from} is no JSON`, { cause });
  }
}

export function isBundled(name: string): boolean {
  return modelNames.some((bundled) => bundled === name);
}

/**
 * What a gallery calls the templates of this network: another file, crop or scaling under the same
 * name is another model, and its templates must never meet the old ones.
 */
export function templateModelOf(entry: EmbedderEntry, sha256: string): string {
  const { alignment, channels, input, output, mean, mirrorAveraged, scale } = entry;
  const fed = { alignment, channels, input, output, mean, mirrorAveraged, scale };
  return `${entry.name}-${digestOf(sha256, JSON.stringify(fed)).slice(0, 12)}`;
}
