import * as z from "zod";

const line = (most: number) => z.string().trim().max(most);

/** What a Japanese shelter asks of a person, as its evacuee card does. Only the reading is a must. */
export const personDetailsSchema = z.strictObject({
  kana: line(80).min(1),
  name: line(80).optional(),
  birthDate: z.iso.date().optional(),
  /** Where the birth date is not known, in years, as told. */
  age: z.int().min(0).max(130).optional(),
  sex: z.enum(["female", "male", "other", "not-said"]).optional(),
  address: line(200).optional(),
  phone: line(40).optional(),
  isHouseholdHead: z.boolean().optional(),
  relation: line(20).optional(),
  staysIn: z.enum(["hall", "car", "tent", "home"]).optional(),
  house: z.enum(["unharmed", "damaged", "destroyed", "unknown"]).optional(),
  /** Which medicine, which allergy, which care: the words beside the codes in the events. */
  needsNote: line(400).optional(),
});
export type PersonDetails = Readonly<z.infer<typeof personDetailsSchema>>;
