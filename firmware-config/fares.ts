import * as z from "zod";
import { parseConfig } from "./parse.ts";

const zone = z.string().min(1).max(64);
const yen = z.int().min(0).max(100_000);
const percent = z.int().min(0).max(100);

const singleFareSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("flat"), yen }),
  z.strictObject({
    kind: z.literal("zones"),
    /** Fares between zones, and within one where both names are the same; either way round. */
    pairs: z.array(z.strictObject({ between: z.tuple([zone, zone]), yen })).max(5_000),
  }),
]);

const productSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  kind: z.literal("free-pass"),
  /** Zones in which it holds; "everywhere" for a network without zones. */
  zones: z.union([z.literal("everywhere"), z.array(zone).min(1).max(200)]),
});

/** Fares from a day on, until the next table. Money in whole yen. */
const fareTableSchema = z
  .strictObject({
    validFrom: z.iso.date(),
    single: singleFareSchema,
    /** What a child pays of the fare, in percent; the amount is then rounded up. */
    childPercent: percent,
    /** What an infant pays who is not carried free. */
    infantPercent: percent,
    infantsFreePerAdult: z.int().min(0).max(20),
    roundUpToYen: z.int().min(1).max(1_000),
    /** What the holder of a linked transit card is spared of their own fare, in percent. */
    linkedCardOffPercent: percent,
    products: z.array(productSchema).max(100),
  })
  .refine(({ products }) => new Set(products.map(({ id }) => id)).size === products.length, {
    error: "two products have the same id",
  });
export type FareTable = Readonly<z.infer<typeof fareTableSchema>>;

export const faresSchema = z
  .array(fareTableSchema)
  .min(1)
  .max(500)
  .refine(
    (tables) => tables.every((table, i) => i === 0 || tables[i - 1]!.validFrom < table.validFrom),
    { error: "fare tables follow each other by validFrom, each day once" },
  );
/** Fare tables, oldest first. */
export type Fares = readonly FareTable[];

/** Checks fare tables as an operator writes them. Throws CONFIG_INVALID saying where and why. */
export function parseFares(input: unknown, where: string): Fares {
  return parseConfig(faresSchema, input, where);
}

/** A plain table to begin with: one fare everywhere, half of it for children. Operators set theirs. */
export const defaultFares: Fares = parseFares(
  [
    {
      validFrom: "2026-04-01",
      single: { kind: "flat", yen: 200 },
      childPercent: 50,
      infantPercent: 50,
      infantsFreePerAdult: 2,
      roundUpToYen: 10,
      linkedCardOffPercent: 10,
      products: [{ id: "digital-free-pass", kind: "free-pass", zones: "everywhere" }],
    },
  ],
  "the fares that ship",
);

/** The table of a day; undefined before the first. */
export function faresOn(fares: Fares, day: string): FareTable | undefined {
  return fares.findLast(({ validFrom }) => validFrom <= day);
}
