import { createHash } from "node:crypto";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
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
import { checkFourDigits, type PinOptions, triesLeft, verifyPin } from "../pin.ts";
import { firstGeneration, type JpkiLayout } from "./layout.ts";

/** Opens the JPKI application of a card. Throws CARD_NOT_SUPPORTED for any other card, and CARD_GONE. */
export async function openJpki(
  channel: CardChannel,
  layout: JpkiLayout = firstGeneration,
): Promise<JpkiCard> {
  await selectApplication(channel, layout.application);
  return new JpkiCard(channel, layout);
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
    return await triesLeft(this.#channel, this.#layout.authentication.pin);
  }

  async signatureTriesLeft(): Promise<number | undefined> {
    try {
      return await triesLeft(this.#channel, this.#layout.signature.pin);
    } catch (error) {
      if (errorCodeOf(error) === "CARD_UNREADABLE") return undefined;
      throw error;
    }
  }

  async verifyAuthenticationPin(pin: Uint8Array, options: PinOptions = {}): Promise<void> {
    checkFourDigits(pin);
    await verifyPin(this.#channel, this.#layout.authentication.pin, pin, options);
  }

  /** 6 to 16 upper-case letters and digits; the caller wipes it. Errors as for the PIN. */
  async verifySignaturePassword(password: Uint8Array, options: PinOptions = {}): Promise<void> {
    if (!/^[A-Z0-9]{6,16}$/.test(Buffer.from(password).toString("latin1"))) {
      const what = "the password for signatures has 6 to 16 upper-case letters and digits";
      throw new TeburaError("CARD_PIN_WRONG", what);
    }
    await verifyPin(this.#channel, this.#layout.signature.pin, password, options);
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
