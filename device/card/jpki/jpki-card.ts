import { createHash } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import {
  hex,
  pinNeeded,
  readDerFile,
  selectApplication,
  selectFile,
  status,
  transmit,
  unreadable,
} from "../apdu.ts";
import type { CardChannel, SigningCard } from "../card.ts";
import { firstGeneration, type JpkiLayout } from "./layout.ts";

/** Opens the JPKI application of a card. Throws CARD_NOT_SUPPORTED for any other card, and CARD_GONE. */
export async function openJpki(
  channel: CardChannel,
  layout: JpkiLayout = firstGeneration,
): Promise<JpkiCard> {
  await selectApplication(channel, layout.application);
  return new JpkiCard(channel, layout);
}

export interface PinOptions {
  /** A wrong one would block the card, and somebody wants to go on all the same. */
  readonly spendLastTry?: boolean;
}

type Purpose = "authentication" | "signature";

/** The My Number Card's certificates and keys. Nothing else of the card is touched. */
export class JpkiCard implements SigningCard {
  readonly algorithm: JpkiLayout["algorithm"];
  readonly #channel: CardChannel;
  readonly #layout: JpkiLayout;

  constructor(channel: CardChannel, layout: JpkiLayout) {
    this.#channel = channel;
    this.#layout = layout;
    this.algorithm = layout.algorithm;
  }

  /** DER of the certificate for user authentication (利用者証明用). It names nobody. */
  async readAuthenticationCertificate(): Promise<Uint8Array> {
    return await this.#read(this.#layout.authentication.certificate);
  }

  /** DER of the certificate of the authority behind one of the two. */
  async readAuthorityCertificate(purpose: Purpose): Promise<Uint8Array> {
    return await this.#read(this.#layout[purpose].authority);
  }

  /** DER of the signing certificate (署名用), which names its owner. CARD_PIN_NEEDED before its password. */
  async readSignatureCertificate(): Promise<Uint8Array> {
    return await this.#read(this.#layout.signature.certificate);
  }

  async authenticationTriesLeft(): Promise<number> {
    return await this.#triesLeft("authentication");
  }

  async signatureTriesLeft(): Promise<number> {
    return await this.#triesLeft("signature");
  }

  async verifyAuthenticationPin(pin: Uint8Array, options: PinOptions = {}): Promise<void> {
    if (!/^\d{4}$/.test(Buffer.from(pin).toString("latin1"))) {
      // Sent, it would cost a try and could not be right.
      throw new TeburaError("CARD_PIN_WRONG", "the PIN for user authentication has four digits");
    }
    await this.#verify("authentication", pin, options);
  }

  /** 6 to 16 upper-case letters and digits; the caller wipes it. Errors as for the PIN. */
  async verifySignaturePassword(password: Uint8Array, options: PinOptions = {}): Promise<void> {
    if (!/^[A-Z0-9]{6,16}$/.test(Buffer.from(password).toString("latin1"))) {
      const what = "the password for signatures has 6 to 16 upper-case letters and digits";
      throw new TeburaError("CARD_PIN_WRONG", what);
    }
    await this.#verify("signature", password, options);
  }

  async signForAuthentication(message: Uint8Array): Promise<Uint8Array> {
    return await this.#sign("authentication", message);
  }

  /** Signs with the key whose certificate names its owner. CARD_PIN_NEEDED before its password. */
  async signForSignature(message: Uint8Array): Promise<Uint8Array> {
    return await this.#sign("signature", message);
  }

  async #read(file: number): Promise<Uint8Array> {
    await selectFile(this.#channel, file);
    return await readDerFile(this.#channel);
  }

  async #triesLeft(purpose: Purpose): Promise<number> {
    await selectFile(this.#channel, this.#layout[purpose].pin);
    const answer = await transmit(this.#channel, { instruction: 0x20, p1: 0, p2: 0x80 });
    return triesIn(answer.status);
  }

  async #verify(
    purpose: Purpose,
    secret: Uint8Array,
    { spendLastTry = false }: PinOptions,
  ): Promise<void> {
    const left = await this.#triesLeft(purpose);
    if (left === 0) throw blocked();
    if (left === 1 && !spendLastTry) {
      throw new TeburaError(
        "CARD_PIN_LAST_TRY",
        "one try is left, and a wrong one blocks the card; ask the person whether to go on",
      );
    }
    const answer = await transmit(this.#channel, {
      ...{ instruction: 0x20, p1: 0, p2: 0x80, data: secret },
    });
    if (answer.status === status.ok) return;
    const triesLeft = triesIn(answer.status);
    if (triesLeft === 0) throw blocked();
    throw new TeburaError("CARD_PIN_WRONG", `that was not it; tries left: ${triesLeft}`);
  }

  async #sign(purpose: Purpose, message: Uint8Array): Promise<Uint8Array> {
    await selectFile(this.#channel, this.#layout[purpose].key);
    const answer = await transmit(this.#channel, {
      ...{ cla: 0x80, instruction: 0x2a, p1: 0, p2: 0x80, expected: 0 },
      data: this.#toSign(message),
    });
    if (answer.status === status.securityNotSatisfied) throw pinNeeded();
    if (answer.status !== status.ok || answer.data.length === 0) {
      throw unreadable(`it would not sign (${hex(answer.status)})`);
    }
    return answer.data;
  }

  /** The host builds the DigestInfo (RFC 8017 section 9.2), the card pads it; a curve takes the digest. */
  #toSign(message: Uint8Array): Uint8Array {
    if (this.algorithm === "p384-sha384") return createHash("sha384").update(message).digest();
    return Buffer.concat([sha256DigestInfo, createHash("sha256").update(message).digest()]);
  }
}

const sha256DigestInfo = Buffer.from("3031300d060960864801650304020105000420", "hex");

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
