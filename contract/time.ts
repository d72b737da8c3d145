import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { openWord, type WordKind } from "./gateway-word.ts";
import { type DeviceId, deviceIdSchema, wallMsSchema } from "./ids.ts";
import { gatewayKeyId } from "./receipts.ts";
import { seal } from "./seal.ts";

/**
 * How far the wall time of an event can be believed: the box's own clock, one that a time server has set,
 * or the gateway's signed word, carried on by a clock that never jumps.
 */
export const clockQualitySchema = z.enum(["unsynced", "synced", "signed"]);

/** What a box asks the time with: 16 random bytes, base64url, so that no old answer can be played to it. */
export const timeNonceSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

/** The gateway's word on what time it is, for a box that may have no clock of its own. */
const timeAnswerSchema = z.strictObject({
  v: z.literal(1),
  device: deviceIdSchema,
  nonce: timeNonceSchema,
  at: wallMsSchema,
});
export type TimeAnswer = z.infer<typeof timeAnswerSchema>;

const timeKind: WordKind<TimeAnswer> = {
  ...{ type: "tebura-time+jws", schema: timeAnswerSchema },
  ...{ code: "TIME_INVALID", what: "an answer about the time" },
};

export async function sealTime(answer: TimeAnswer, privateKey: KeyObject): Promise<string> {
  return await seal("tebura-time+jws", answer, gatewayKeyId, privateKey);
}

/** Verifies and reads an answer for `device`. Throws TIME_INVALID. */
export async function openTime(
  sealed: string,
  device: DeviceId,
  publicKey: KeyObject,
): Promise<TimeAnswer> {
  return await openWord(timeKind, sealed, device, publicKey);
}
