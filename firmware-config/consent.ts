import * as z from "zod";
import { viewerNames } from "#contract/consent-texts.ts";
import { type Service, serviceSchema } from "#contract/services.ts";

const hourMs = 3_600_000;
const ageHours = z
  .number()
  .positive()
  .max(24 * 366);

/** How a deployment goes by consent. What is asked of people is data here, and is signed by their cards. */
export const consentSettingsSchema = z
  .strictObject({
    /**
     * "trial": whoever stands before the box may enrol at its page, their template stays on that one box
     * and is sent nowhere. "signed": no template without a consent that a card has signed, and galleries
     * are sealed from box to box.
     */
    rule: z.enum(["trial", "signed"]).default("trial"),
    /** What a box asks consent for, beside what it serves itself; one signature for each. */
    services: z.array(serviceSchema).max(13).default([]),
    validDays: z
      .int()
      .min(1)
      .max(5 * 365)
      .default(730),
    /** From which birthday people sign for themselves; before it a guardian does, and until it. */
    ofAgeYears: z.int().min(0).max(25).default(15),
    /**
     * Whether a consent is signed with the card's signing key as well, whose certificate names its owner and
     * which has a password of its own. "offered": where the card has one, and whoever does not know the
     * password goes on without; "required": no consent without; "never": nobody is asked.
     */
    signature: z.enum(["offered", "required", "never"]).default("offered"),
    /** Certificate policies that count there: JPKI's for digital signatures. */
    signaturePolicies: z
      .array(z.string().regex(/^[0-2](\.\d+)+$/))
      .min(1)
      .default(["1.2.392.200149.8.5.1.1.20"]),
    /** For how long records of use stay readable. */
    eventDays: z.int().min(1).max(3_650).default(365),
    viewers: z
      .array(z.enum(viewerNames))
      .min(1)
      .default(["person", "service-staff"])
      .transform((all) => viewerNames.filter((name) => all.includes(name))),
    /**
     * How long a box that hears nothing from its gateway goes on matching: after that somebody may have
     * withdrawn without its knowing, and it refuses everybody by face.
     */
    galleryAgeHoursMax: ageHours.default(72),
    /** The same for services that need another. */
    galleryAgeHoursMaxOf: z.partialRecord(serviceSchema, ageHours).default({}),
  })
  .prefault({});
export type ConsentSettings = Readonly<z.infer<typeof consentSettingsSchema>>;

/** The greatest age of a gallery that a service is matched by, in milliseconds. */
export function galleryAgeMsMax(settings: ConsentSettings, service: Service): number {
  const { galleryAgeHoursMaxOf, galleryAgeHoursMax } = settings;
  return (galleryAgeHoursMaxOf[service] ?? galleryAgeHoursMax) * hourMs;
}
