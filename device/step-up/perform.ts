import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { CardEvidence } from "#contract/events.ts";
import { commitmentOf, type Opening, openingOf } from "#contract/evidence-commitment.ts";
import type { DeviceId, PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { type CardIdentity, type StepUpVerdict, verifyStepUp } from "#contract/step-up.ts";
import { encodeStepUp, type StepUp } from "#contract/step-up-evidence.ts";
import { encodeStatement, type StepUpStatement } from "#contract/step-up-statement.ts";
import type { SigningCard } from "../card/card.ts";
import type { CardFinding } from "../policy/findings.ts";
import { type CardTrust, examineCard, rememberedCheck } from "./examine-card.ts";

export interface PinRequest {
  readonly triesLeft: number;
  /** The PIN before this one was wrong. */
  readonly wasWrong: boolean;
  /** A wrong one now blocks the card: the person must say that they want to go on. */
  readonly isLastTry: boolean;
  /** The password of the signing key, 6 to 16 letters and digits, in place of the four digits. */
  readonly secret?: "password";
  /** Whoever does not know it may go on without. */
  readonly mayGoWithout?: boolean;
}

export interface StepUpPorts {
  readonly device: DeviceId;
  readonly service: Service;
  readonly factor: "pin" | "possession";
  readonly rules: CardTrust;
  wall(): WallMs;
  /** The person of a card; undefined when it is nobody's here. */
  personOf(card: CardIdentity): PersonId | undefined;
  pseudonymOf(person: PersonId): Pseudonym;
  /** The card as this service knows it. */
  cardNameOf(card: CardIdentity): Pseudonym;
  /** Sixteen random bytes: what the event commits to cannot be guessed from it. */
  freshSalt(): Uint8Array;
  noncesLeft(): number;
  takeNonce(): string | undefined;
  /** ASCII, which belongs to the caller and is wiped; undefined when nobody gives any. */
  askPin(request: PinRequest): Promise<Uint8Array | undefined>;
  /** The PIN was right: the card is signing. */
  onSigning(): void;
}

/** What a card proved: what goes into the event of it, and what goes beside. */
export interface CardProof {
  readonly evidence: CardEvidence;
  readonly opening: Opening;
}

/** What the card has shown. */
export interface StepUpResult {
  readonly finding: CardFinding;
  readonly proof?: CardProof;
}

/** How far the moment that was signed may lie from the moment of checking, on the box itself. */
const apartMsMax = 60_000;

/**
 * One conversation with a card, from its certificate to a signature that this box has verified: the
 * certificate first, since a dead card is not worth a PIN; then whose it is; then the PIN, with the
 * tries that are left; and last the statement that names this box, this ask and one nonce. Never
 * throws for what a card or a person does.
 */
export async function performStepUp(
  card: SigningCard,
  { asked, isVirtual }: { readonly asked: number; readonly isVirtual: boolean },
  ports: StepUpPorts,
): Promise<StepUpResult> {
  try {
    const der = await card.readAuthenticationCertificate();
    const examined = examineCard(der, ports.rules, ports.wall());
    if (!examined.ok) return found({ kind: "refused", code: examined.code });
    const person = ports.personOf(examined.card);
    if (person === undefined) return found({ kind: "unknown" });
    if (ports.noncesLeft() === 0) return found({ kind: "unprovable" });
    const factor = await openKey(card, ports);
    if (factor === undefined) return found({ kind: "not-given" });
    ports.onSigning();
    const signed = await signStatement(card, { asked, person, factor, der }, ports);
    if (!signed) return found({ kind: "unprovable" });
    return concluded(signed, { person, isVirtual }, ports);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === undefined) throw error;
    return found(code === "CARD_GONE" ? { kind: "not-given" } : { kind: "refused", code });
  }
}

const found = (finding: CardFinding): StepUpResult => ({ finding });

/** Gets the key ready to sign and says what opened it; undefined when nobody gave a PIN. */
export async function openKey(
  card: SigningCard,
  { factor, askPin }: Pick<StepUpPorts, "factor" | "askPin">,
): Promise<StepUp["factor"] | undefined> {
  // Where possession is enough the card is asked to sign as it is; most cards then want their PIN.
  if (factor === "possession" && (await signsWithoutPin(card))) return "possession";
  const isOpen = await untilRight(askPin, {
    triesLeft: () => card.authenticationTriesLeft(),
    verify: (pin, options) => card.verifyAuthenticationPin(pin, options),
  });
  return isOpen ? "pin" : undefined;
}

/** What a PIN or a password opens. */
export interface Lock {
  /** What the person is asked for, beside how often they may try. */
  readonly asked?: Pick<PinRequest, "secret" | "mayGoWithout">;
  triesLeft(): Promise<number>;
  verify(secret: Uint8Array, options: { readonly spendLastTry: boolean }): Promise<void>;
}

/** Asks until what is given is right; false when nobody gave any. Throws CARD_PIN_BLOCKED and what the card throws. */
export async function untilRight(askPin: StepUpPorts["askPin"], lock: Lock): Promise<boolean> {
  for (let wasWrong = false; ; wasWrong = true) {
    const triesLeft = await lock.triesLeft();
    if (triesLeft === 0)
      throw new TeburaError("CARD_PIN_BLOCKED", "the card takes no PIN any more");
    const isLastTry = triesLeft === 1;
    const secret = await askPin({ triesLeft, wasWrong, isLastTry, ...lock.asked });
    if (!secret) return false;
    try {
      await lock.verify(secret, { spendLastTry: isLastTry });
      return true;
    } catch (error) {
      if (errorCodeOf(error) !== "CARD_PIN_WRONG") throw error;
    } finally {
      secret.fill(0);
    }
  }
}

async function signsWithoutPin(card: SigningCard): Promise<boolean> {
  try {
    await card.signForAuthentication(new Uint8Array(32));
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "CARD_PIN_NEEDED") return false;
    throw error;
  }
}

interface Signed {
  readonly statement: StepUpStatement;
  readonly stepUp: StepUp;
}

async function signStatement(
  card: SigningCard,
  signing: { asked: number; person: PersonId; factor: StepUp["factor"]; der: Uint8Array },
  ports: StepUpPorts,
): Promise<Signed | undefined> {
  const nonce = ports.takeNonce();
  if (nonce === undefined) return undefined;
  const { device, service } = ports;
  const statement: StepUpStatement = {
    ...{ type: "tebura-step-up", v: 1, device, event: signing.asked, service, nonce },
    person: ports.pseudonymOf(signing.person),
    at: ports.wall(),
  };
  const bytes = encodeStatement(statement);
  const signature = await card.signForAuthentication(bytes);
  const stepUp: StepUp = {
    kind: "card",
    factor: signing.factor,
    algorithm: card.algorithm,
    statement: base64url(bytes),
    signature: base64url(signature),
    certificate: base64url(signing.der),
    intermediates: [],
  };
  return { statement, stepUp };
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

/** Verifies what the card signed just as the gateway will, as far as a box can. */
function concluded(
  { statement, stepUp }: Signed,
  { person, isVirtual }: { person: PersonId; isVirtual: boolean },
  { rules, wall, cardNameOf, freshSalt }: StepUpPorts,
): StepUpResult {
  const now = wall();
  const { device, event, service, person: pseudonym } = statement;
  const { anchors, crls, ocsp } = rules.trust();
  const verdict = verifyStepUp(stepUp, {
    expected: { device, event, service, person: pseudonym, at: now },
    apartMsMax,
    nonce: () => undefined, // Taken from our own store a moment ago; the gateway knows the rest.
    anchors,
    policies: rules.policies,
    revocation: { crls, ocsp, now, crlAgeMsMax: rules.crlAgeMsMax },
    check: rememberedCheck,
  });
  if (!verdict.ok) return found({ kind: "refused", code: verdict.code });
  const opening = openingOf(encodeStepUp(stepUp), freshSalt());
  const { factor } = verdict;
  const evidence: CardEvidence = {
    ...{ kind: "card", virtual: isVirtual, revocationAgeMs: oldest(verdict), factor },
    ...{ card: cardNameOf(verdict.card), commitment: commitmentOf(opening) },
  };
  return { finding: { kind: "proved", person, factor }, proof: { evidence, opening } };
}

function oldest({ revocation }: Extract<StepUpVerdict, { ok: true }>): number {
  return Math.max(0, ...revocation.map(({ ageMs }) => Math.round(ageMs)));
}
