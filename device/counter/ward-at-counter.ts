import type { CardChannel, SigningCard } from "../card/card.ts";
import type { ConsentDesk } from "../consent/consent-desk.ts";
import type { Guardianship, Ward } from "../consent/guardianship.ts";

export interface SignedByGuardian {
  /** A child's birth date or a court's last day, as the clerk has seen it. */
  readonly why: Guardianship;
  /** How it is known who the child or ward is: by their own card, or enrolled here under that name. */
  readonly ward: "card" | "enrolled";
  /** The four digits that open the text on the ward's card, whose birth date then counts; wiped after. */
  readonly textPin: Uint8Array | undefined;
}

/** What a card is asked for at a counter, beside a signature. */
export interface WardCardPorts {
  /** Opens the signing part of a card again, after another part of it was spoken to. */
  openCard(channel: CardChannel): Promise<SigningCard>;
  /** The template of the photograph on a card, which is not kept. Throws what the card throws. */
  photographTemplate(channel: CardChannel, numberB: Uint8Array): Promise<Float32Array>;
  /** The birth date that a card tells after the PIN of its text: YYYY-MM-DD. Throws what the card throws. */
  birthDateOn(channel: CardChannel, pin: Uint8Array): Promise<string>;
}

interface AskedOfWard {
  readonly name: string;
  readonly numberB: Uint8Array | undefined;
  readonly guardian: SignedByGuardian;
}

/**
 * Who a guardian signs for: by their own card, which is looked at and signs nothing, or by the name under
 * which this box knows them. What the card says of the birth date counts before what a clerk has typed; a
 * court's day is on no card. Throws what the desk and the card throw.
 */
export async function readWard(
  consents: Pick<ConsentDesk, "withCard" | "wardWith" | "wardNamed">,
  { name, numberB, guardian }: AskedOfWard,
  { birthDateOn, openCard, photographTemplate }: WardCardPorts,
  signal: AbortSignal,
): Promise<{ readonly ward: Ward; readonly photograph: Float32Array | undefined }> {
  const { why, textPin } = guardian;
  if (guardian.ward === "enrolled") {
    return { ward: consents.wardNamed(name, why), photograph: undefined };
  }
  return await consents.withCard(async (card, _askPin, channel) => {
    let ward = await consents.wardWith(card, why);
    if (textPin && why.birthDate !== undefined) {
      const birthDate = await birthDateOn(channel, textPin);
      ward = await consents.wardWith(await openCard(channel), { birthDate });
    }
    const photograph = numberB ? await photographTemplate(channel, numberB) : undefined;
    return { ward, photograph };
  }, signal);
}
