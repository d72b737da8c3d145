import { constants, privateEncrypt, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CardChannel } from "../card.ts";
import {
  type CardFile,
  type CardFiles,
  filesOf,
  type Purpose,
  type VirtualCardContents,
} from "./virtual-files.ts";

/** How a card misbehaves. */
export type CardFault =
  /** Taken away after so many commands: nothing is answered from then on. */
  | { readonly kind: "torn"; readonly afterCommands: number }
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Its certificate says that it is longer than the file is. */
  | { readonly kind: "lying" };

export interface VirtualCardOptions {
  readonly fault?: CardFault;
  /** Wrong PINs that the card still takes; a new card has all of them. */
  readonly triesLeft?: { readonly authentication: number };
}

/** Answer to reset of a contactless type B card, as public surveys of the real one saw it. */
export const virtualAtr = Buffer.from("3b888001000005e0b381a1007f", "hex");

const triesMax: Readonly<Record<Purpose, number>> = {
  ...{ authentication: 3, signature: 5, text: 3, face: 10 },
};
const answers = {
  ok: 0x9000,
  wrongLength: 0x6700,
  securityNotSatisfied: 0x6982,
  invalidated: 0x6984,
  notAllowed: 0x6986,
  notFound: 0x6a82,
  wrongParameters: 0x6a86,
  pastTheEnd: 0x6b00,
  unknownInstruction: 0x6d00,
} as const;

interface Command {
  readonly cla: number;
  readonly instruction: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  /** 1 to 256; undefined where nothing is expected. */
  readonly expected: number | undefined;
}

/**
 * A My Number Card that is a program: JPKI and the text application as public clients of the real card
 * know them, with certificates of an authority that nobody else trusts. It holds no individual number.
 * Counters last as long as the object; verified PINs last until `reset`.
 */
export class VirtualCard implements CardChannel {
  readonly #contents: VirtualCardContents;
  readonly #fault: CardFault | undefined;
  readonly #tries: Record<Purpose, number>;
  readonly #verified = new Set<Purpose>();
  readonly #files: CardFiles;
  #application: ReadonlyMap<number, CardFile> | undefined;
  #file: CardFile | undefined;
  #commands = 0;

  constructor(contents: VirtualCardContents, options: VirtualCardOptions = {}) {
    this.#tries = { ...triesMax, ...options.triesLeft };
    this.#contents = contents;
    this.#fault = options.fault;
    this.#files = filesOf(contents, options.fault?.kind === "lying");
  }

  /** Wrong PINs that the card would still take. */
  triesLeft(purpose: Purpose): number {
    return this.#tries[purpose];
  }

  /** Power off and on: nothing is selected and no PIN counts any more. */
  reset(): void {
    this.#verified.clear();
    this.#application = undefined;
    this.#file = undefined;
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    this.#commands += 1;
    const fault = this.#fault;
    if (fault?.kind === "torn" && this.#commands > fault.afterCommands) return new Uint8Array();
    if (fault?.kind === "slow") await sleep(fault.delayMs);
    const command = parse(bytes);
    return command ? this.#answer(command) : reply(answers.wrongLength);
  }

  #answer(command: Command): Uint8Array {
    switch (command.instruction) {
      case 0xa4:
        return this.#select(command);
      case 0xb0:
        return this.#read(command);
      case 0x20:
        return this.#verify(command);
      case 0x2a:
        return this.#sign(command);
      case 0x84:
        return reply(answers.ok, randomBytes(command.expected ?? 8));
      case 0xca:
        return command.cla === 0xff
          ? reply(answers.ok, this.#contents.uid)
          : reply(answers.unknownInstruction);
      default:
        return reply(answers.unknownInstruction);
    }
  }

  #select({ p1, data }: Command): Uint8Array {
    if (p1 === 0x04) {
      const application = this.#files.get(Buffer.from(data).toString("hex"));
      if (!application) return reply(answers.notFound);
      this.#application = application;
      this.#file = undefined;
      return reply(answers.ok);
    }
    if (p1 !== 0x02 || data.length !== 2) return reply(answers.wrongParameters);
    const file = this.#application?.get(((data[0] ?? 0) << 8) | (data[1] ?? 0));
    if (!file) return reply(answers.notFound);
    this.#file = file;
    return reply(answers.ok);
  }

  #read({ p1, p2, expected = 256 }: Command): Uint8Array {
    const isShort = (p1 & 0x80) !== 0;
    if (isShort) this.#file = this.#application?.get(p1 & 0x1f);
    const offset = isShort ? p2 : (p1 << 8) | p2;
    const file = this.#file;
    if (file?.kind !== "data") return reply(answers.notAllowed);
    if (file.needs && !this.#verified.has(file.needs)) return reply(answers.securityNotSatisfied);
    if (offset >= file.bytes.length) return reply(answers.pastTheEnd);
    return reply(answers.ok, file.bytes.subarray(offset, offset + expected));
  }

  #verify({ p2, data }: Command): Uint8Array {
    const file = this.#file;
    if (p2 !== 0x80 || file?.kind !== "pin") return reply(answers.wrongParameters);
    const { purpose, secret } = file;
    if (data.length === 0) return reply(0x63c0 | this.#tries[purpose]);
    if (this.#tries[purpose] === 0) return reply(answers.invalidated);
    if (Buffer.from(data).toString("latin1") === secret) {
      this.#tries[purpose] = triesMax[purpose];
      this.#verified.add(purpose);
      return reply(answers.ok);
    }
    this.#tries[purpose] -= 1;
    this.#verified.delete(purpose);
    return reply(0x63c0 | this.#tries[purpose]);
  }

  /** RSA PKCS#1 v1.5 over the DigestInfo that the host has built (RFC 8017 section 8.2.1). */
  #sign({ cla, data }: Command): Uint8Array {
    const file = this.#file;
    if (cla !== 0x80 || file?.kind !== "key") return reply(answers.notAllowed);
    if (!this.#verified.has(file.purpose)) return reply(answers.securityNotSatisfied);
    const padding = constants.RSA_PKCS1_PADDING;
    return reply(answers.ok, privateEncrypt({ key: file.key.privateKey, padding }, data));
  }
}

function reply(status: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  return Buffer.concat([data, Buffer.of(status >> 8, status & 0xff)]);
}

/** The four cases of a short command (ISO/IEC 7816-4 section 5.1). */
function parse(bytes: Uint8Array): Command | undefined {
  const [cla, instruction, p1, p2, length] = bytes;
  if (cla === undefined || instruction === undefined || p1 === undefined || p2 === undefined) {
    return undefined;
  }
  const head = { cla, instruction, p1, p2 };
  const whole = (value: number) => (value === 0 ? 256 : value);
  if (length === undefined) return { ...head, data: new Uint8Array(), expected: undefined };
  if (bytes.length === 5) return { ...head, data: new Uint8Array(), expected: whole(length) };
  const data = bytes.subarray(5, 5 + length);
  const rest = bytes.subarray(5 + length);
  if (data.length < length || rest.length > 1) return undefined;
  const [expected] = rest;
  return { ...head, data, expected: expected === undefined ? undefined : whole(expected) };
}
