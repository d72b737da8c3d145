import { TeburaError } from "#contract/errors.ts";
import { hex, selectFile, status, transmit, unreadable } from "./apdu.ts";
import type { CardChannel } from "./card.ts";

export interface PinOptions {
  /** A wrong one would block the card, and somebody wants to go on all the same. */
  readonly spendLastTry?: boolean;
}

/** How many wrong ones the PIN in this file would still take; asking spends none (ISO/IEC 7816-4, VERIFY). */
export async function triesLeft(channel: CardChannel, file: number): Promise<number> {
  await selectFile(channel, file);
  const answer = await transmit(channel, { instruction: 0x20, p1: 0, p2: 0x80 });
  return triesIn(answer.status);
}

/**
 * Verifies a PIN (ASCII; the caller wipes it), after the tries that are left were read. Throws
 * CARD_PIN_WRONG, CARD_PIN_BLOCKED, and CARD_PIN_LAST_TRY before anything is sent.
 */
export async function verifyPin(
  channel: CardChannel,
  file: number,
  secret: Uint8Array,
  { spendLastTry = false }: PinOptions = {},
): Promise<void> {
  const left = await triesLeft(channel, file);
  if (left === 0) throw blocked();
  if (left === 1 && !spendLastTry) {
    throw new TeburaError(
      "CARD_PIN_LAST_TRY",
      "one try is left, and a wrong one blocks the card; ask the person whether to go on",
    );
  }
  const answer = await transmit(channel, { instruction: 0x20, p1: 0, p2: 0x80, data: secret });
  if (answer.status === status.ok) return;
  const remaining = triesIn(answer.status);
  if (remaining === 0) throw blocked();
  throw new TeburaError("CARD_PIN_WRONG", `that was not it; tries left: ${remaining}`);
}

/** Four digits. Sent, anything else would cost a try and could not be right: throws CARD_PIN_WRONG. */
export function checkFourDigits(pin: Uint8Array): void {
  if (pin.length === 4 && pin.every((byte) => byte >= 0x30 && byte <= 0x39)) return;
  throw new TeburaError("CARD_PIN_WRONG", "this PIN has four digits");
}

/** 63 Cx has the tries in its last digit; 69 83 and 69 84 say that there are none. */
function triesIn(word: number): number {
  if (word >> 4 === status.wrongPin >> 4) return word & 0x0f;
  if (word === status.pinBlocked || word === status.pinInvalidated) return 0;
  throw unreadable(`it does not tell the tries that are left (${hex(word)})`);
}

function blocked(): TeburaError {
  return new TeburaError(
    "CARD_PIN_BLOCKED",
    "the card takes no PIN until the city office resets it",
  );
}
