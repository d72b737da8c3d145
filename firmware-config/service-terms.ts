import * as z from "zod";
import { type Service, serviceSchema } from "#contract/services.ts";

/** A moment with its offset from UTC, so that no two readers of a table mean different midnights. */
const momentSchema = z.iso.datetime({ offset: true });

/** From `validFrom` on it is decided that the service ends at `endsAt`; null says that it has no end. */
const serviceTermSchema = z.strictObject({
  service: serviceSchema,
  validFrom: momentSchema,
  endsAt: momentSchema.nullable(),
});

export const serviceTermsSchema = z.array(serviceTermSchema).max(1_000);
export type ServiceTerms = Readonly<z.infer<typeof serviceTermsSchema>>;

/** No service ends until somebody decides so: the trial's own table comes in by a file. */
export const defaultServiceTerms: ServiceTerms = [];

/**
 * The end of a service as it stood decided at a moment, in milliseconds since 1970; null where there is
 * none. The decision with the newest `validFrom` that is not after `at` counts, and of two of the same
 * moment the later row, so a trial is prolonged by adding a row and never by changing one.
 */
export function endOf(terms: ServiceTerms, service: Service, at: number): number | null {
  let newest = Number.NEGATIVE_INFINITY;
  let end: number | null = null;
  for (const term of terms) {
    const validFrom = Date.parse(term.validFrom);
    if (term.service !== service || validFrom > at || validFrom < newest) continue;
    newest = validFrom;
    end = term.endsAt === null ? null : Date.parse(term.endsAt);
  }
  return end;
}

/** True from the very moment of the end: the last millisecond of a trial is the one before it. */
export function isOver(service: Service, at: number, terms = defaultServiceTerms): boolean {
  const end = endOf(terms, service, at);
  return end !== null && at >= end;
}
