import * as z from "zod";
import type { ConsentTerms } from "#contract/consent.ts";
import type { ConsentLanguage } from "#contract/consent-texts.ts";
import type { ErrorCode } from "#contract/errors.ts";
import type { Reason } from "#contract/events.ts";
import { limits } from "#contract/limits.ts";
import { type Service, serviceSchema } from "#contract/services.ts";
import type { Alternative } from "#firmware-config/policy-alternative.ts";
import type { SourceState } from "../source/frame-source.ts";
import type { CardScreen } from "../step-up/card-desk.ts";
import type { QualityReason } from "../vision/quality.ts";

/** A face on the screen. All four are shares of the picture, 0 to 1, not mirrored. */
export interface FaceBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What the person could change, most important first. */
  readonly reasons: readonly QualityReason[];
  /** A mask or dark glasses seem to lie over it. */
  readonly isCovered?: true;
}

export interface KioskStatus {
  readonly service: string;
  readonly people: number;
  readonly source: SourceState;
  /** Whose camera it is: the page's own, or the box's, whose pictures the page may ask for. */
  readonly camera: "page" | "box";
  /** A card that is a program lies here to be tried out, or is put down already. */
  readonly virtualCard: "none" | "away" | "down";
  /** False while the gateway cannot be reached; the door works on. */
  readonly online: boolean;
  /** Who may enrol at this screen: nobody by themselves, whoever stands there, or whoever's card signs. */
  readonly enrolment: "closed" | "open" | "signed";
  /** Whether a consent can be ended here, with the card that gave it. */
  readonly withdrawal: boolean;
}

/** A consent as it is shown before it is asked for; both texts are in every language. */
export interface ShownConsent {
  readonly service: Service;
  readonly name: Readonly<Record<ConsentLanguage, string>>;
  readonly words: Readonly<Record<ConsentLanguage, string>>;
}

/** What would make the next picture of an enrolment a good one. */
export const enrolmentHints = [
  "nobody",
  "one-person",
  "closer",
  "look-here",
  "turn-left",
  "turn-right",
  "hold-still",
  "more-light",
  "less-light",
  "uncover",
] as const;
export type EnrolmentHint = (typeof enrolmentHints)[number];

export interface EnrolmentProgress {
  readonly taken: number;
  readonly wanted: number;
  readonly hint: EnrolmentHint;
}

/** What the page is told. */
export type KioskMessage =
  | { readonly kind: "faces"; readonly boxes: readonly FaceBox[] }
  | {
      readonly kind: "decision";
      readonly outcome: "admit" | "refuse" | "ask-card";
      readonly reason: Reason;
      /** Only where the person was admitted and the policy lets the screen say it. */
      readonly greetingName?: string;
      /** True where the policy lets the name be spoken as well. */
      readonly speakName?: true;
      /** What the policy offers to somebody who cannot give what was asked. */
      readonly alternative?: Alternative;
    }
  | { readonly kind: "card"; readonly screen: CardScreen }
  | ({ readonly kind: "enrolment" } & EnrolmentProgress)
  /** An enrolment that was begun at the operator's page: the screen guides the person, and says how it ended. */
  | { readonly kind: "enrolment-begun" }
  | ({ readonly kind: "enrolled" } & EnrolResult)
  | { readonly kind: "state"; readonly status: KioskStatus };

/** What the server itself adds, for the one page that it concerns. */
export type KioskReply =
  | { readonly kind: "frame-taken" }
  | { readonly kind: "consents"; readonly consents: readonly ShownConsent[] }
  | ({ readonly kind: "enrolled" } & EnrolResult)
  | ({ readonly kind: "withdrawn" } & WithdrawResult)
  | { readonly kind: "replaced" };

const services = z.array(serviceSchema).min(1).max(13);

/** What the page may ask. Nobody is enrolled without a consent that says so. */
export const kioskRequestSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("enrol"),
    name: z.string().min(1).max(limits.nameCharactersMax),
    consent: z.literal(true),
    /** Those of the shown consents that the person agrees to; left out where nothing is signed. */
    services: services.optional(),
  }),
  /** The words of what somebody is asked for here, before they are asked. */
  z.strictObject({ kind: z.literal("consents-please") }),
  z.strictObject({ kind: z.literal("enrol-cancel") }),
  /** Somebody ends their consents here, with their card. */
  z.strictObject({ kind: z.literal("withdraw"), services: services.optional() }),
  z.strictObject({ kind: z.literal("card-cancel") }),
  z.strictObject({ kind: z.literal("virtual-card"), place: z.enum(["down", "away"]) }),
  /** The page has room for one picture of the box's camera. */
  z.strictObject({ kind: z.literal("picture-please") }),
]);

/**
 * A PIN or a password comes as bytes of its own and never as text: a letter that no picture begins with,
 * then four ASCII digits, or 6 to 16 upper-case letters and digits.
 */
const pinMark = 0x50;
const passwordMark = 0x57;

/** What a message holds of either, copied out of it, and the message wiped; undefined when it is neither. */
export function takePin(data: Uint8Array): Uint8Array | undefined {
  const { length } = data;
  const isPin = data[0] === pinMark && length === 5;
  if (!isPin && !(data[0] === passwordMark && length >= 7 && length <= 17)) return undefined;
  const secret = Uint8Array.from(data.subarray(1));
  data.fill(0);
  const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
  const isLetter = (byte: number) => byte >= 0x41 && byte <= 0x5a;
  if (secret.every((byte) => isDigit(byte) || (!isPin && isLetter(byte)))) return secret;
  secret.fill(0);
  return undefined;
}

/** What somebody is asked to agree to for one service. */
export interface AskedConsent {
  readonly service: Service;
  readonly terms: ConsentTerms;
}

export interface EnrolRequest {
  readonly name: string;
  readonly consent: true;
  /** The consents whose words were shown and agreed to, for their card to sign. */
  readonly agreed?: readonly AskedConsent[];
}

export type WithdrawResult =
  | { readonly ok: true; readonly services: number }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

export type EnrolResult =
  /** `renewed`: the person was enrolled before, and was recognised. */
  | { readonly ok: true; readonly renewed: boolean }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Somebody who shows the box's camera: takes one picture at a time, and none meanwhile. */
export interface PictureTaker {
  readonly wantsOne: boolean;
  take(picture: Uint8Array): void;
}

/** What the appliance does for the page. */
export interface KioskPorts {
  /** One JPEG from the page's camera. */
  onFrame(jpeg: Uint8Array): void;
  /** The page with the camera has gone. */
  onPageLeft(): void;
  enrol(request: EnrolRequest, signal: AbortSignal): Promise<EnrolResult>;
  /** What whoever enrols now is asked to agree to, and its words; empty where nothing is signed. */
  asked(): readonly (AskedConsent & ShownConsent)[];
  /** Ends the consents of whoever puts their card down, or only those for these services. */
  withdraw(services: readonly Service[] | undefined, signal: AbortSignal): Promise<WithdrawResult>;
  /** Digits of a PIN, or a password, which the appliance wipes. */
  onPin(digits: Uint8Array): void;
  onCardCancelled(): void;
  onVirtualCard(place: "down" | "away"): void;
  status(): KioskStatus;
  /** Pictures of the box's camera go to `pictures`, whenever it wants one. Returns how to stop listening. */
  subscribe(listener: (message: KioskMessage) => void, pictures: PictureTaker): () => void;
}
