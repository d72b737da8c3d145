import { TeburaError } from "#contract/errors.ts";
import type { CardChannel } from "./card.ts";

/** What a card answered: its data, and the status word that ends every answer (ISO/IEC 7816-4). */
export interface CardAnswer {
  readonly data: Uint8Array;
  /** SW1 and SW2 as one number, 0x9000 for success. */
  readonly status: number;
}

export const status = {
  ok: 0x9000,
  /** Wrong PIN, with the tries that are left in the last digit. */
  wrongPin: 0x63c0,
  securityNotSatisfied: 0x6982,
  pinBlocked: 0x6983,
  /** What this card says of a PIN without tries. */
  pinInvalidated: 0x6984,
  notFound: 0x6a82,
  pastTheEnd: 0x6b00,
} as const;

/** A short command: at most 255 bytes of data, at most 256 expected, 0 for all there are. */
export interface CardCommand {
  readonly instruction: number;
  readonly p1: number;
  readonly p2: number;
  readonly cla?: number;
  readonly data?: Uint8Array;
  readonly expected?: number;
}

/** GET RESPONSE is asked for at most so often: a card that always has more must not hold us for ever. */
const responsesMax = 64;

/** Sends a command, and fetches what a card holds back (61 xx, 6C xx). Throws CARD_GONE. */
export async function transmit(channel: CardChannel, command: CardCommand): Promise<CardAnswer> {
  let answer = await once(channel, command);
  if (answer.status >> 8 === 0x6c) {
    answer = await once(channel, { ...command, expected: answer.status & 0xff });
  }
  const parts = [answer.data];
  for (let round = 0; answer.status >> 8 === 0x61; round++) {
    if (round === responsesMax) throw unreadable("it has an answer without an end");
    const expected = answer.status & 0xff;
    answer = await once(channel, { instruction: 0xc0, p1: 0, p2: 0, expected });
    parts.push(answer.data);
  }
  return { data: Buffer.concat(parts), status: answer.status };
}

async function once(channel: CardChannel, command: CardCommand): Promise<CardAnswer> {
  const bytes = encode(command);
  try {
    const answer = await channel.transmit(bytes);
    // A card that is torn away can make a transmission succeed with nothing in it.
    if (answer.length < 2) throw new TeburaError("CARD_GONE", "the card was taken away");
    const end = answer.length - 2;
    const word = ((answer[end] ?? 0) << 8) | (answer[end + 1] ?? 0);
    return { data: answer.subarray(0, end), status: word };
  } finally {
    bytes.fill(0); // It may have been a PIN.
  }
}

function encode({ cla = 0, instruction, p1, p2, data, expected }: CardCommand): Uint8Array {
  const body = data ? [data.length, ...data] : [];
  const end = expected === undefined ? [] : [expected & 0xff];
  return Uint8Array.of(cla, instruction, p1, p2, ...body, ...end);
}

/** Selects an application by its identifier. Throws CARD_NOT_SUPPORTED when the card has none. */
export async function selectApplication(channel: CardChannel, aid: Uint8Array): Promise<void> {
  const { status: word } = await transmit(channel, {
    ...{ instruction: 0xa4, p1: 0x04, p2: 0x0c, data: aid },
  });
  if (word === status.ok) return;
  throw new TeburaError("CARD_NOT_SUPPORTED", "this card is not one that this box knows");
}

/** Selects a file of the selected application. Throws CARD_UNREADABLE. */
export async function selectFile(channel: CardChannel, file: number): Promise<void> {
  const data = Uint8Array.of(file >> 8, file & 0xff);
  const answer = await transmit(channel, { instruction: 0xa4, p1: 0x02, p2: 0x0c, data });
  if (answer.status !== status.ok) throw unreadable(`file ${hex(file)} cannot be selected`);
}

/** Reads `length` bytes of the selected file from an offset; fewer where the file ends. */
export async function readBytes(
  channel: CardChannel,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let read = 0;
  while (read < length) {
    const at = offset + read;
    const answer = await transmit(channel, {
      ...{ instruction: 0xb0, p1: (at >> 8) & 0x7f, p2: at & 0xff },
      expected: Math.min(256, length - read),
    });
    if (answer.status === status.securityNotSatisfied) throw pinNeeded();
    if (answer.status === status.pastTheEnd) break;
    if (answer.status !== status.ok) throw unreadable(`reading stopped with ${hex(answer.status)}`);
    // A card that answers nothing would be asked for ever; one that answers more, lies.
    if (answer.data.length === 0) break;
    if (answer.data.length > length - read) throw unreadable("it answers more than was asked");
    parts.push(answer.data);
    read += answer.data.length;
  }
  return Buffer.concat(parts);
}

const derBytesMax = 4_096;

/** Reads the selected file as the one DER object that begins it. Throws CARD_UNREADABLE. */
export async function readDerFile(channel: CardChannel): Promise<Uint8Array> {
  const head = await readBytes(channel, 0, 4);
  const length = derLength(head);
  if (length === undefined || length > derBytesMax) {
    throw unreadable("a file does not begin as a certificate does");
  }
  const rest =
    length > head.length ? await readBytes(channel, head.length, length - head.length) : [];
  const whole = Buffer.concat([head, Uint8Array.from(rest)]).subarray(0, length);
  if (whole.length < length) throw unreadable("a file ends before the certificate in it does");
  return whole;
}

/** The whole length of the SEQUENCE that begins with these bytes; undefined when it is none. */
function derLength(head: Uint8Array): number | undefined {
  const [tag, first = 0, second = 0, third = 0] = head;
  if (tag !== 0x30 || head.length < 4) return undefined;
  if (first < 0x80) return 2 + first;
  if (first === 0x81) return 3 + second;
  return first === 0x82 ? 4 + ((second << 8) | third) : undefined;
}

export function unreadable(what: string): TeburaError {
  return new TeburaError("CARD_UNREADABLE", `the card cannot be read: ${what}`);
}

export function pinNeeded(): TeburaError {
  return new TeburaError("CARD_PIN_NEEDED", "the card wants its PIN first");
}

export const hex = (word: number) => word.toString(16).toUpperCase().padStart(4, "0");
