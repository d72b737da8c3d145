import { TeburaError } from "#contract/errors.ts";
import { readBytes, selectApplication, selectFile, unreadable } from "./apdu.ts";
import type { CardChannel } from "./card.ts";
import { triesLeft, verifyPin } from "./pin.ts";
import { objectAt } from "./tlv.ts";

const application = Uint8Array.of(0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02);
/** File 0012 takes number B (照合番号 B). Number A, in 0013, is the individual number, and nothing here sends it. */
const files = { face: 0x0002, numberB: 0x0012 } as const;
const photographTag = 0xdf27;
const numberDigits = 14;
/** The file also holds the name and the address as pictures; offsets have 15 bits. */
const bytesMax = 0x7fff;

/**
 * Opens the application that shows the face of the card (券面事項確認). Throws CARD_NOT_SUPPORTED for any
 * other card, and CARD_GONE.
 */
export async function openFace(channel: CardChannel): Promise<FaceApplication> {
  await selectApplication(channel, application);
  return new FaceApplication(channel);
}

/** The photograph that the card was issued with, for whoever can read what is printed beside it. */
export class FaceApplication {
  readonly #channel: CardChannel;

  constructor(channel: CardChannel) {
    this.#channel = channel;
  }

  async triesLeft(): Promise<number> {
    return await triesLeft(this.#channel, files.numberB);
  }

  /**
   * Number B: birth date as YYMMDD of its era, the year of expiry and the four-digit code, all printed on the
   * card. Throws CARD_PIN_WRONG for anything that has not 14 digits, before it is sent, and as for every PIN.
   */
  async verifyNumberB(digits: Uint8Array): Promise<void> {
    if (digits.length !== numberDigits || !digits.every((byte) => byte >= 0x30 && byte <= 0x39)) {
      throw new TeburaError("CARD_PIN_WRONG", "number B has 14 digits: YYMMDD, YYYY and the code");
    }
    await verifyPin(this.#channel, files.numberB, digits);
  }

  /** JPEG 2000, for the caller to wipe. Throws CARD_PIN_NEEDED before number B, and CARD_UNREADABLE. */
  async readPhotograph(): Promise<Uint8Array> {
    await selectFile(this.#channel, files.face);
    const head = objectAt(await readBytes(this.#channel, 0, 5), 0);
    if (head.tag !== 0xff20 || head.end > bytesMax) throw unreadable("the face file begins oddly");
    const file = await readBytes(this.#channel, 0, head.end);
    try {
      if (file.length < head.end) throw unreadable("the face file ends early");
      for (let at = head.start; at < head.end; ) {
        const { tag, start, end } = objectAt(file, at);
        if (end > head.end) throw unreadable("a part runs past the end of the face file");
        if (tag === photographTag) return Uint8Array.from(file.subarray(start, end));
        at = end;
      }
    } finally {
      file.fill(0);
    }
    throw unreadable("there is no photograph on it");
  }
}
