import * as z from "zod";
import type { ErrorCode } from "#contract/errors.ts";
import { limits } from "#contract/limits.ts";
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
}

export interface KioskStatus {
  readonly service: string;
  readonly people: number;
  readonly source: SourceState;
  /** A card that is a program lies here to be tried out, or is put down already. */
  readonly virtualCard: "none" | "away" | "down";
  /** False while the gateway cannot be reached; the door works on. */
  readonly online: boolean;
}

/** What the page is told. */
export type KioskMessage =
  | { readonly kind: "faces"; readonly boxes: readonly FaceBox[] }
  | {
      readonly kind: "decision";
      readonly outcome: "admit" | "refuse" | "ask-card";
      readonly reason: string;
      /** Only where the person was admitted and the page is this machine's own screen. */
      readonly greetingName?: string;
    }
  | { readonly kind: "card"; readonly screen: CardScreen }
  | { readonly kind: "enrolment"; readonly taken: number; readonly wanted: number }
  | { readonly kind: "state"; readonly status: KioskStatus };

/** What the server itself adds, for the one page that it concerns. */
export type KioskReply =
  | { readonly kind: "frame-taken" }
  | { readonly kind: "enrolled"; readonly ok: true }
  | {
      readonly kind: "enrolled";
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly kind: "replaced" };

/** What the page may ask. Nobody is enrolled without a consent that says so. */
export const kioskRequestSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("enrol"),
    name: z.string().min(1).max(limits.nameCharactersMax),
    consent: z.literal(true),
  }),
  z.strictObject({ kind: z.literal("enrol-cancel") }),
  z.strictObject({ kind: z.literal("card-cancel") }),
  z.strictObject({ kind: z.literal("virtual-card"), place: z.enum(["down", "away"]) }),
]);

/**
 * A PIN comes as bytes of its own and never as text: a letter that no picture begins with, then four
 * ASCII digits.
 */
const pinMark = 0x50;
const pinDigits = 4;

/** The digits in a message, copied out of it, and the message wiped; undefined when it is no PIN. */
export function takePin(data: Uint8Array): Uint8Array | undefined {
  if (data[0] !== pinMark || data.length !== 1 + pinDigits) return undefined;
  const digits = Uint8Array.from(data.subarray(1));
  data.fill(0);
  if (digits.every((digit) => digit >= 0x30 && digit <= 0x39)) return digits;
  digits.fill(0);
  return undefined;
}

export interface EnrolRequest {
  readonly name: string;
  readonly consent: true;
}

export type EnrolResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** What the appliance does for the page. */
export interface KioskPorts {
  /** One JPEG from the page's camera. */
  onFrame(jpeg: Uint8Array): void;
  /** The page with the camera has gone. */
  onPageLeft(): void;
  enrol(request: EnrolRequest, signal: AbortSignal): Promise<EnrolResult>;
  /** Digits of a PIN, which the appliance wipes. */
  onPin(digits: Uint8Array): void;
  onCardCancelled(): void;
  onVirtualCard(place: "down" | "away"): void;
  status(): KioskStatus;
  /** Returns how to stop listening. */
  subscribe(listener: (message: KioskMessage) => void): () => void;
}
