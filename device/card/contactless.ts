import { status, transmit } from "./apdu.ts";
import type { CardChannel } from "./card.ts";

/** The number that any contactless card shows to any reader. */
export interface CardNumber {
  /** `idm` of a FeliCa card (transit cards in Japan), `uid` of ISO/IEC 14443. */
  readonly kind: "idm" | "uid";
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

const idmBytes = 8;
const uidBytesMax = 10;

/**
 * Asks the reader for the number of the card on it (PC/SC part 3, section 3.2.2.1.3, GET DATA); undefined
 * where it knows none. Anybody can read and imitate such a number: it links a card to a person, and is
 * never proof of anything. Some cards show another one each time.
 */
export async function readCardNumber(channel: CardChannel): Promise<CardNumber | undefined> {
  const { data, status: word } = await transmit(channel, {
    ...{ cla: 0xff, instruction: 0xca, p1: 0, p2: 0, expected: 0 },
  });
  if (word !== status.ok || data.length < 4 || data.length > uidBytesMax) return undefined;
  const kind = data.length === idmBytes ? "idm" : "uid";
  return { kind, hex: Buffer.from(data).toString("hex") };
}
