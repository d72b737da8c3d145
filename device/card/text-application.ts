import { readBytes, selectApplication, selectFile, unreadable } from "./apdu.ts";
import type { CardChannel } from "./card.ts";
import { checkFourDigits, type PinOptions, triesLeft, verifyPin } from "./pin.ts";
import { objectAt } from "./tlv.ts";

/** The four attributes that the card's text application tells (券面事項入力補助). */
export interface CardAttributes {
  readonly name: string;
  readonly address: string;
  /** YYYYMMDD. */
  readonly birthDate: string;
  /** As ISO/IEC 5218: 1 male, 2 female, 9 not applicable. */
  readonly sex: string;
}

const application = Uint8Array.of(0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08);
// File 0001 of this application is the individual number. Nobody may collect it, so nothing here reads it.
const files = { attributes: 0x0002, pin: 0x0011 } as const;
const bytesMax = 2_048;

/** Opens the text application. Throws CARD_NOT_SUPPORTED for any other card, and CARD_GONE. */
export async function openText(channel: CardChannel): Promise<TextApplication> {
  await selectApplication(channel, application);
  return new TextApplication(channel);
}

/** What is printed on the card, as text, so that nobody has to type it at enrolment. */
export class TextApplication {
  readonly #channel: CardChannel;

  constructor(channel: CardChannel) {
    this.#channel = channel;
  }

  async triesLeft(): Promise<number> {
    return await triesLeft(this.#channel, files.pin);
  }

  /** Four digits; errors as for every PIN. */
  async verifyPin(pin: Uint8Array, options?: PinOptions): Promise<void> {
    checkFourDigits(pin);
    await verifyPin(this.#channel, files.pin, pin, options);
  }

  /** Throws CARD_PIN_NEEDED before the PIN, CARD_UNREADABLE when the file holds something else. */
  async readAttributes(): Promise<CardAttributes> {
    await selectFile(this.#channel, files.attributes);
    const head = objectAt(await readBytes(this.#channel, 0, 5), 0);
    if (head.tag !== 0xff20 || head.end > bytesMax) throw unreadable("the text file begins oddly");
    const file = await readBytes(this.#channel, 0, head.end);
    if (file.length < head.end) throw unreadable("the text file ends early");
    const texts = new Map<number, string>();
    for (let at = head.start; at < head.end; ) {
      const { tag, start, end } = objectAt(file, at);
      if (end > head.end) throw unreadable("a text runs past the end of its file");
      texts.set(tag, new TextDecoder("utf-8", { fatal: false }).decode(file.subarray(start, end)));
      at = end;
    }
    const text = (tag: number) => texts.get(tag)?.trim() ?? missing();
    return {
      ...{ name: text(0xdf22), address: text(0xdf23) },
      ...{ birthDate: text(0xdf24), sex: text(0xdf25) },
    };
  }
}

/**
 * The birth date on a card, YYYY-MM-DD, and nothing else of its text. Throws as `verifyPin` and
 * `readAttributes` do, and CARD_UNREADABLE where that is no day.
 */
export async function readBirthDate(channel: CardChannel, pin: Uint8Array): Promise<string> {
  const text = await openText(channel);
  await text.verifyPin(pin);
  const { birthDate } = await text.readAttributes();
  const day = birthDate.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
  const at = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(at)) throw unreadable("the birth date is no day");
  return day;
}

function missing(): never {
  throw unreadable("one of the four attributes is not there");
}
