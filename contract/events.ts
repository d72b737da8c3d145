import * as z from "zod";
import { busBodies } from "./bodies/bus.ts";
import { consentBodies } from "./bodies/consent.ts";
import { enrolmentBodies } from "./bodies/enrolment.ts";
import { galleryBodies } from "./bodies/gallery.ts";
import { medicalBodies } from "./bodies/medical.ts";
import { paymentBodies } from "./bodies/payment.ts";
import { placeBodies } from "./bodies/places.ts";
import { policyBodies } from "./bodies/policy.ts";
import { registryBodies } from "./bodies/registry.ts";
import { retentionBodies } from "./bodies/retention.ts";
import { schoolBodies } from "./bodies/school.ts";
import { shelterBodies } from "./bodies/shelter.ts";
import { signInBodies } from "./bodies/sign-in.ts";
import { taxiBodies } from "./bodies/taxi.ts";
import { ticketBodies } from "./bodies/tickets.ts";
import { trialBodies } from "./bodies/trial.ts";
import { unrecordedBodies } from "./bodies/unrecorded.ts";
import { TeburaError } from "./errors.ts";
import { deviceIdSchema, digestSchema, pseudonymSchema, wallMsSchema } from "./ids.ts";
import { phoneSignatureSchema } from "./phone-evidence.ts";
import { serviceSchema } from "./services.ts";
import { stepUpSchema } from "./step-up-evidence.ts";
import { clockQualitySchema } from "./time.ts";

/** The version of every event on the wire. A gateway refuses one it does not know. */
export const eventVersion = 1;

/** Why a decision came out as it did. Stable, for programs; the screen has its own words. */
export const reasonSchema = z.enum([
  "face-matched",
  "face-unknown",
  "face-ambiguous",
  "face-quality-low",
  "liveness-unproven",
  "gallery-empty",
  "policy-needs-card",
  "card-proved",
  "card-refused",
  "card-unknown",
  "card-not-given",
  "card-unprovable",
  "face-needed",
  "face-and-card-proved",
  "phone-proved",
  "phone-not-available",
  "phone-not-given",
  "phone-refused",
  "face-and-phone-proved",
  "ticket-matched",
  "ticket-none",
  "ticket-used",
  "factors-disagree",
  "booking-none",
  "proxy-admitted",
  "proxy-not-now",
  "list-over",
  "service-over",
  // Shown and never sent: what cannot be written down is not acted on.
  "not-recordable",
]);
export type Reason = z.infer<typeof reasonSchema>;

/** What can really have been used in a decision. A ticket is who was proved when it was bought. */
const factorSchema = z.enum(["face", "card-pin", "card-possession", "phone", "ticket"]);
export type Factor = z.infer<typeof factorSchema>;

/** What a face contributed. The rate is the false match rate at which its score was accepted. */
const faceEvidenceSchema = z.strictObject({
  kind: z.literal("face"),
  model: z.string().max(80),
  frames: z.int().min(1),
  falseMatchRate: z.number().min(0).max(1).nullable(),
  liveness: z.enum(["passed", "failed", "not-checked"]),
});

/**
 * What a card contributed. What it signed, with its certificate, travels beside the event: a certificate is
 * the same in all services, and what stays for ever must not join them. The box signs over a commitment.
 */
const cardEvidenceSchema = z.strictObject({
  kind: z.literal("card"),
  /** The card is a program for trying things out, and proves nothing about anybody. */
  virtual: z.boolean(),
  /** How old the revocation data was that the box went by, in milliseconds. */
  revocationAgeMs: z.int().min(0),
  /** What really opened the key: a PIN, or mere possession of the card. */
  factor: stepUpSchema.shape.factor,
  /** The card as this service knows it (contract/pseudonym.ts): tells two cards apart, and names neither. */
  card: pseudonymSchema,
  /** Over the step-up's bytes and a salt (contract/evidence-commitment.ts). */
  commitment: digestSchema,
});
export type CardEvidence = Readonly<z.infer<typeof cardEvidenceSchema>>;

/** What a phone contributed. Its signature travels beside the event, as what a card signed does. */
const phoneEvidenceSchema = z.strictObject({
  kind: z.literal("phone"),
  /** Which verifier knows the form of what was signed. */
  scheme: phoneSignatureSchema.shape.scheme,
  /** Over the signature's bytes and a salt (contract/evidence-commitment.ts). */
  commitment: digestSchema,
});
export type PhoneEvidence = Readonly<z.infer<typeof phoneEvidenceSchema>>;

const evidenceSchema = z.discriminatedUnion("kind", [
  faceEvidenceSchema,
  cardEvidenceSchema,
  phoneEvidenceSchema,
]);
export type Evidence = z.infer<typeof evidenceSchema>;

const decisionMadeSchema = z.strictObject({
  type: z.literal("decision.made"),
  service: serviceSchema,
  outcome: z.enum(["admit", "refuse", "ask-card"]),
  reason: reasonSchema,
  /** Present exactly when a person was recognised. */
  person: pseudonymSchema.optional(),
  /** In whose place they were admitted, as this service knows them: whoever booked, and `person` is a proxy. */
  actsFor: pseudonymSchema.optional(),
  /** Every factor that an admission rests on, in the order in which they were proved. */
  factors: z.array(factorSchema).max(4).optional(),
  /** Sequence of the event that asked for the card, in the decision that answers it. */
  answers: z.int().min(1).optional(),
  /** Why a card was refused: the code that the box's own check gave. */
  cardRefusal: z
    .string()
    .regex(/^[A-Z0-9_]{1,40}$/)
    .optional(),
  /** One card or one phone at most: each is judged, and what is not judged has no place here. */
  evidence: z
    .array(evidenceSchema)
    .max(8)
    .refine((all) => all.filter(({ kind }) => kind !== "face").length <= 1),
});

/** The camera is a witness too: what it could not see is on the record. */
const sourceChangedSchema = z.strictObject({
  type: z.literal("source.changed"),
  source: z.enum(["images", "video", "camera", "kiosk"]),
  state: z.enum(["streaming", "lost", "frozen", "dark", "covered", "ended"]),
});

const deviceStartedSchema = z.strictObject({
  type: z.literal("device.started"),
  version: z.string().max(40),
  service: serviceSchema,
});

/**
 * A box has heard the time from its gateway: the events from `since` on that were not made with the
 * gateway's time were made with a clock that was off by so much (right time minus told time).
 */
const clockSetSchema = z.strictObject({
  type: z.literal("clock.set"),
  since: z.int().min(1),
  offsetMs: z.int().min(-8.64e15).max(8.64e15),
});

export const eventBodySchema = z.discriminatedUnion("type", [
  decisionMadeSchema,
  sourceChangedSchema,
  deviceStartedSchema,
  clockSetSchema,
  ...placeBodies,
  ...medicalBodies,
  ...ticketBodies,
  ...paymentBodies,
  ...registryBodies,
  ...busBodies,
  ...shelterBodies,
  ...taxiBodies,
  ...consentBodies,
  ...enrolmentBodies,
  ...galleryBodies,
  ...trialBodies,
  ...policyBodies,
  ...schoolBodies,
  ...signInBodies,
  ...unrecordedBodies,
  ...retentionBodies,
]);
export type EventBody = z.infer<typeof eventBodySchema>;

export const eventSchema = z.strictObject({
  v: z.literal(eventVersion),
  device: deviceIdSchema,
  /** Gap-free from 1, for the life of the device's key. */
  sequence: z.int().min(1),
  /** Digest of the sealed bytes of the event before this one. */
  previous: digestSchema,
  at: wallMsSchema,
  clock: clockQualitySchema,
  body: eventBodySchema,
});
export type Event = z.infer<typeof eventSchema>;

/** Made once: a gateway that starts reads a million events. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** An event with what a card or a phone signed in it, as it was once, in the same version. */
const withSignatureSchema = z.object({
  body: z.object({
    evidence: z
      .array(z.looseObject({}))
      .refine((all) => all.some((one) => "stepUp" in one || "signature" in one)),
  }),
});

/**
 * Reads the payload of a seal that already verified.
 * Throws EVENT_VERSION_UNKNOWN before anything else is looked at, then EVENT_MALFORMED.
 */
export function parseEvent(payload: Uint8Array): Event {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(payload));
  } catch (cause) {
    throw new TeburaError("EVENT_MALFORMED", "the event's payload is not JSON", { cause });
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject && (value as { v?: unknown }).v !== eventVersion) {
    throw new TeburaError(
      "EVENT_VERSION_UNKNOWN",
      `the event has a version that this gateway does not know; it knows ${eventVersion}`,
    );
  }
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (withSignatureSchema.safeParse(value).success) {
    throw new TeburaError(
      "EVENT_VERSION_UNKNOWN",
      "the event holds what a card or phone signed, as events did before they committed to it; " +
        "this release reads none of them: begin with new data folders",
    );
  }
  // The issues' paths only: a message could repeat a value of the payload.
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || "(root)").join(", ");
  throw new TeburaError("EVENT_MALFORMED", `the event does not fit its schema at ${where}`);
}
