import * as z from "zod";
import { digestSchema, wallMsSchema } from "../ids.ts";
import { serviceSchema } from "../services.ts";

/**
 * A service has come to its end, and this box holds no template of it any more. The two hashes are of
 * everything that its gallery held, as it is sealed on the disk: they tell nobody's face, and the second
 * one is that of an empty gallery. Photographs lie in folders of the operator's; a box that was not told
 * to delete those says how many are left, and says it once more when they are gone.
 */
const trialEndedSchema = z.strictObject({
  type: z.literal("trial.ended"),
  service: serviceSchema,
  endsAt: wallMsSchema,
  before: digestSchema,
  after: digestSchema,
  /** People and templates that were deleted. */
  people: z.int().min(0),
  templates: z.int().min(0),
  /** In the folders that people were enrolled from; absent in the word of an older box. */
  photographs: z.strictObject({ deleted: z.int().min(0), left: z.int().min(0) }).optional(),
});
export type TrialEnded = Readonly<z.infer<typeof trialEndedSchema>>;

export const trialBodies = [trialEndedSchema] as const;
