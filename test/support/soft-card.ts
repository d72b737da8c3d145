import { sign } from "node:crypto";
import { TeburaError } from "#contract/errors.ts";
import type { Issued } from "#contract/pki/certificate-writer.ts";
import type { CardReaders, PresentedCard, SigningCard } from "#device/card/card.ts";

export const softPassword = "TEBURA1234";

/** A card as the step-up sees one, made of a key: for what happens around a card, not inside it. */
export class SoftCard implements SigningCard {
  readonly algorithm = "rsa-sha256";
  readonly #issued: Issued;
  triesLeft = 3;
  #isOpen: boolean;
  /** The key that names its owner, where this card has one. */
  readonly #named: Pick<Issued, "der" | "key"> | undefined;
  passwordTriesLeft = 5;
  #isNamedOpen = false;

  constructor(
    issued: Issued,
    options: { readonly needsPin?: boolean; readonly named?: Pick<Issued, "der" | "key"> } = {},
  ) {
    this.#issued = issued;
    this.#isOpen = options.needsPin === false;
    this.#named = options.named;
  }

  async readAuthenticationCertificate(): Promise<Uint8Array> {
    return this.#issued.der;
  }

  async authenticationTriesLeft(): Promise<number> {
    return this.triesLeft;
  }

  async verifyAuthenticationPin(
    pin: Uint8Array,
    { spendLastTry = false }: { readonly spendLastTry?: boolean } = {},
  ): Promise<void> {
    if (this.triesLeft === 0) throw new TeburaError("CARD_PIN_BLOCKED", "blocked");
    if (this.triesLeft === 1 && !spendLastTry) throw new TeburaError("CARD_PIN_LAST_TRY", "last");
    this.#isOpen = Buffer.from(pin).toString("latin1") === "1234";
    this.triesLeft = this.#isOpen ? 3 : this.triesLeft - 1;
    if (!this.#isOpen) throw new TeburaError("CARD_PIN_WRONG", "wrong");
  }

  async signForAuthentication(message: Uint8Array): Promise<Uint8Array> {
    if (!this.#isOpen) throw new TeburaError("CARD_PIN_NEEDED", "no PIN");
    return sign("sha256", message, this.#issued.key.privateKey);
  }

  async signatureTriesLeft(): Promise<number | undefined> {
    return this.#named && this.passwordTriesLeft;
  }

  async verifySignaturePassword(password: Uint8Array): Promise<void> {
    this.#isNamedOpen = Buffer.from(password).toString("latin1") === softPassword;
    this.passwordTriesLeft = this.#isNamedOpen ? 5 : this.passwordTriesLeft - 1;
    if (!this.#isNamedOpen) throw new TeburaError("CARD_PIN_WRONG", "wrong");
  }

  async readSignatureCertificate(): Promise<Uint8Array> {
    if (!this.#named || !this.#isNamedOpen) throw new TeburaError("CARD_PIN_NEEDED", "no password");
    return this.#named.der;
  }

  async signForSignature(message: Uint8Array): Promise<Uint8Array> {
    if (!this.#named || !this.#isNamedOpen) throw new TeburaError("CARD_PIN_NEEDED", "no password");
    return sign("sha256", message, this.#named.key.privateKey);
  }
}

/** A reader into which a test puts cards. `put` resolves when the desk is done with the card. */
export class SoftReaders implements CardReaders {
  readonly names = ["soft"];
  readonly isVirtual = true;
  readonly gone = new AbortController();
  #listener: ((card: PresentedCard) => Promise<void>) | undefined;

  onCard(listener: (card: PresentedCard) => Promise<void>): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
    };
  }

  async put(): Promise<void> {
    await this.#listener?.({
      ...{ reader: "soft", isVirtual: true, gone: this.gone.signal },
      transmit: async () => {
        throw new TeburaError("CARD_GONE", "a soft card speaks no APDU");
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
