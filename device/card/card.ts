import type { StepUp } from "#contract/step-up-evidence.ts";

/** A conversation with a card, whatever lies between: PC/SC, or the same process. */
export interface CardChannel {
  /**
   * Sends one command APDU (ISO/IEC 7816-4) and resolves to the whole answer: data, then two status
   * bytes. Throws CARD_GONE when the card was torn away, also when an answer is shorter than that.
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
}

/** A card that was put down. Nobody else can speak to it until the listener is done. */
export interface PresentedCard extends CardChannel {
  /** The reader's name, for people. */
  readonly reader: string;
  /** True for the card that is a program: it proves nothing about anybody, and every event says so. */
  readonly isVirtual: boolean;
  /** Aborts when the card is taken away. */
  readonly gone: AbortSignal;
}

/** Every reader of the box as one: they appear, vanish and return. */
export interface CardReaders extends AsyncDisposable {
  /** The readers that are there now; empty where there is none, or no PC/SC daemon. */
  readonly names: readonly string[];
  /** True where the cards are programs, put down by whoever tries the box out. */
  readonly isVirtual: boolean;
  /**
   * Called for each card that is put down, and for one that lies there already. When the listener's
   * promise settles, the card is reset, so that nobody signs on a PIN that was verified before.
   * Returns how to stop listening.
   */
  onCard(listener: (card: PresentedCard) => Promise<void>): () => void;
}

/** The part of an identity card that answers a step-up, of whatever generation the card is. */
export interface SigningCard {
  readonly algorithm: StepUp["algorithm"];
  /** DER. Throws CARD_UNREADABLE when what the card answers is no certificate. */
  readAuthenticationCertificate(): Promise<Uint8Array>;
  /** How many wrong PINs the card would still take; asking spends none. */
  authenticationTriesLeft(): Promise<number>;
  /**
   * Verifies the PIN (ASCII digits; the caller wipes it). Throws CARD_PIN_WRONG, CARD_PIN_BLOCKED, and
   * CARD_PIN_LAST_TRY before anything is sent where one try is left and `spendLastTry` is not set.
   */
  verifyAuthenticationPin(
    pin: Uint8Array,
    options?: { readonly spendLastTry?: boolean },
  ): Promise<void>;
  /**
   * Signs `message` with the authentication key: RSA PKCS#1 v1.5 over its SHA-256, or a DER ECDSA
   * signature over its SHA-384. Throws CARD_PIN_NEEDED where no PIN was verified.
   */
  signForAuthentication(message: Uint8Array): Promise<Uint8Array>;
  /**
   * How many wrong passwords the signing key would still take; undefined on a card without one, as that of
   * somebody under 15 or of an adult ward.
   */
  signatureTriesLeft(): Promise<number | undefined>;
  /** 6 to 16 upper-case letters and digits; the caller wipes it. Errors as for the PIN. */
  verifySignaturePassword(
    password: Uint8Array,
    options?: { readonly spendLastTry?: boolean },
  ): Promise<void>;
  /** DER of the certificate that names its owner. CARD_PIN_NEEDED before the password. */
  readSignatureCertificate(): Promise<Uint8Array>;
  /** Signs with its key, as `signForAuthentication` does with the other. CARD_PIN_NEEDED before the password. */
  signForSignature(message: Uint8Array): Promise<Uint8Array>;
}
