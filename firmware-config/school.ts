import * as z from "zod";
import { datedSchema } from "./dated.ts";

export const schoolRulesSchema = datedSchema({
  /** How long a sighting on the way is kept, in hours, by the rule of its own moment. */
  routeWatchHours: z.number().min(0.5).max(168),
  /** An arrival or departure that is older is no news, and nobody is told. */
  noticeMinutesMax: z.int().min(1).max(1_440),
  /** How long a notice that could not be delivered is tried again. */
  noticeRetryMinutesMax: z.int().min(1).max(10_080),
  /** How long after the minute of "expected and not arrived" guardians may still be told of it. */
  unconfirmedMinutesMax: z.int().min(1).max(240),
  /** Where more of a class than this is unseen, a box failed and no guardian is told. In percent. */
  classUnseenPercentMax: z.int().min(1).max(100),
  /** A class of which fewer are unseen is never taken for a failed box. */
  classUnseenMin: z.int().min(1).max(120),
});
export type SchoolRules = Readonly<z.infer<typeof schoolRulesSchema>>;

/** A sighting covers the way to school and home; a notice is of use while it is news. */
export const defaultSchoolRules: SchoolRules = [
  {
    validFrom: "2000-01-01T00:00:00+09:00",
    ...{ routeWatchHours: 12, noticeMinutesMax: 30, noticeRetryMinutesMax: 240 },
    ...{ unconfirmedMinutesMax: 30, classUnseenPercentMax: 50, classUnseenMin: 5 },
  },
];
