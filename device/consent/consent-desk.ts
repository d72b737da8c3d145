import type { ConsentStatement } from "#contract/consent.ts";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { ConsentSettings } from "#firmware-config/consent.ts";
import type { Clock } from "#runtime/clock.ts";
import type { SigningCard } from "../card/card.ts";
import type { GalleryStore } from "../gallery/gallery-store.ts";
import { forgetRow } from "../gallery/sync/forget-row.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { AskedConsent, ShownConsent } from "../kiosk/messages.ts";
import type { CardDesk, CardErrand } from "../step-up/card-desk.ts";
import { type CardTrust, examineCard } from "../step-up/examine-card.ts";
import { type Guardianship, guardianshipEndsAt, type Ward } from "./guardianship.ts";
import { keepConsented } from "./keep-consented.ts";
import { type SigningResult, signConsents } from "./sign-consents.ts";
import type { NamedSigning } from "./sign-with-name.ts";
import { askedConsent, consentTo, statementDigest, withdrawalFrom } from "./statements.ts";

export interface ConsentDeskPorts {
  readonly identity: DeviceIdentity;
  readonly service: Service;
  readonly settings: ConsentSettings;
  /** By the clock of which place somebody comes of age. */
  readonly timeZone: string;
  readonly store: GalleryStore;
  readonly rules: CardTrust;
  /** How consents are signed with the key whose certificate names its owner. */
  readonly named: NamedSigning;
  readonly factor: "pin" | "possession";
  readonly clock: Clock;
  /** Undefined where nobody can put a card down. */
  readonly cards: () => Pick<CardDesk, "lend"> | undefined;
  onChanged(person: PersonId): void;
  /** Hands in what was signed; nothing waits for the network. */
  report(): Promise<void>;
}

/** Somebody to be enrolled on what their card signs. */
export interface ConsentedEnrolment {
  readonly name: string;
  /** None where the pictures follow later, as those of a class do: nobody is matched until then. */
  readonly templates: readonly Float32Array[];
  /** What was shown to them and agreed to. */
  readonly agreed: readonly AskedConsent[];
  /** Who is enrolled, where a guardian's card signs in place of their own. */
  readonly ward?: Ward | undefined;
}

type Enrolled = { readonly person: PersonId; readonly renewed: boolean };
type AskPin = Parameters<CardErrand["serve"]>[1];
type Signed = Extract<SigningResult, { ok: true }>;
type StatementsFor = (card: CardIdentity) => readonly ConsentStatement[];

/** How long somebody is waited for who said that they would put a card down. */
const cardWaitMs = 90_000;

/**
 * Where people agree to be recognised, and where they end it, with their card. A consent is signed before
 * anything of a person is kept; a withdrawal counts on this box from the moment it is signed.
 */
export class ConsentDesk {
  readonly #ports: ConsentDeskPorts;

  constructor(ports: ConsentDeskPorts) {
    this.#ports = ports;
  }

  /** What somebody is asked for here: each service with its own words and terms from this moment on. */
  get asked(): readonly (AskedConsent & ShownConsent)[] {
    return this.#asked();
  }

  /** What a guardian is asked for: no longer than they may speak. Throws GUARDIAN_ENDED. */
  askedOfGuardian(why: Guardianship): readonly (AskedConsent & ShownConsent)[] {
    return this.#asked(this.#endOf(why));
  }

  /** Somebody with a guardian, by their own card, which needs no PIN. Throws as `identify`, and GUARDIAN_ENDED. */
  async wardWith(card: SigningCard, why: Guardianship): Promise<Ward> {
    const endsAt = this.#endOf(why);
    const identity = await this.#examined(card);
    return { person: this.ownerOf(identity), card: identity, endsAt };
  }

  /** Somebody with a guardian who is enrolled here already. Throws PERSON_NOT_FOUND and GUARDIAN_ENDED. */
  wardNamed(name: string, why: Guardianship): Ward {
    const person = this.#ports.store.find(name);
    if (person) return { person, endsAt: this.#endOf(why) };
    throw new TeburaError("PERSON_NOT_FOUND", "nobody is enrolled here under this name");
  }

  /** Whom a card stands for on this box, also before they are enrolled. */
  ownerOf(card: CardIdentity): PersonId {
    const { identity, store } = this.#ports;
    return store.cards.ownerOf(card) ?? identity.personOfCard(card);
  }

  /**
   * Whom a card stands for here, once its certificate has been looked at. Throws CONSENT_REFUSED for a card
   * that counts for nothing here, and what the card throws.
   */
  async identify(card: SigningCard): Promise<PersonId> {
    return this.ownerOf(await this.#examined(card));
  }

  /**
   * Waits for a card and works with it for as long as it lies there. Throws CARD_READER_MISSING,
   * CONSENT_REFUSED where nobody came with one, and what `work` throws.
   */
  async withCard<T>(
    work: (...parts: Parameters<CardErrand["serve"]>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const desk = this.#ports.cards();
    if (!desk) {
      throw new TeburaError(
        "CARD_READER_MISSING",
        "a consent is signed by a card, and no reader is here",
      );
    }
    let done: Promise<T> | undefined;
    const serve: CardErrand["serve"] = async (...parts) => {
      done = work(...parts);
      // Whoever called hears of a failure, and the desk has nothing to say about it.
      await done.catch(() => undefined);
    };
    const patience = AbortSignal.any([signal, AbortSignal.timeout(cardWaitMs)]);
    await desk.lend({ serve }, patience);
    return await (done ?? refused("CARD_GONE"));
  }

  /**
   * Enrols somebody on consents that their card signs now, one for each service. Throws CONSENT_NEEDED where
   * nothing was agreed to, CONSENT_REFUSED when the card does not sign, CONSENT_SIGNATURE_NEEDED where the key
   * that names its owner must, and did not, CONSENT_OUTLIVES_GUARDIAN and
   * CARD_OTHER_PERSON where a guardian cannot sign that, CARD_READER_MISSING, and what the gallery throws;
   * then nothing is kept.
   */
  async enrol(request: ConsentedEnrolment, signal: AbortSignal): Promise<Enrolled> {
    refuseUnsignable(request);
    const signed = await this.#signed(this.#consentsOf(request), signal);
    return await this.#keep(request, signed);
  }

  /** The same with a card that lies on the reader already. */
  async enrolWith(
    card: SigningCard,
    askPin: AskPin,
    request: ConsentedEnrolment,
  ): Promise<Enrolled> {
    refuseUnsignable(request);
    const signed = await this.#signWith(card, askPin, this.#consentsOf(request));
    return await this.#keep(request, signed);
  }

  /**
   * Ends every consent that this box knows of whoever puts their card down, or only those for some
   * services. Returns for how many. Throws PERSON_NOT_FOUND for somebody who has none here, CONSENT_REFUSED
   * when the card does not sign, and CARD_READER_MISSING.
   */
  async withdraw(signal: AbortSignal, only?: readonly Service[]): Promise<number> {
    const { store, onChanged } = this.#ports;
    const { all } = await this.#signed((card) => {
      const owner = this.ownerOf(card);
      const rows = [...store.consents.of(owner), ...store.agreed.of(owner)];
      const held = [...new Set(rows.map(({ service }) => service))];
      const ended = only ? held.filter((service) => only.includes(service)) : held;
      return ended.map((service) => withdrawalFrom(this.#ports, service, owner));
    }, signal);
    for (const one of all) {
      const { service, person } = one.statement;
      forgetRow({ service, persons: [person], order: 0 }, { store, onChanged }, () =>
        store.consents.handIn(statementDigest(one), one.signed),
      );
    }
    await this.#ports.report();
    return all.length;
  }

  #asked(endsAt?: WallMs): readonly (AskedConsent & ShownConsent)[] {
    const { service, settings } = this.#ports;
    const all = [...new Set([service, ...settings.services])];
    return all.map((each) => askedConsent(this.#ports, each, endsAt));
  }

  #endOf(why: Guardianship): WallMs {
    const { settings, timeZone, clock } = this.#ports;
    return guardianshipEndsAt(why, { ofAgeYears: settings.ofAgeYears, timeZone }, clock.wall());
  }

  async #examined(card: SigningCard): Promise<CardIdentity> {
    const { rules, clock } = this.#ports;
    const der = await card.readAuthenticationCertificate();
    const examined = examineCard(der, rules, clock.wall());
    return examined.ok ? examined.card : refused(examined.code);
  }

  #consentsOf({ agreed, ward }: ConsentedEnrolment): StatementsFor {
    return (card) => {
      const owner = this.ownerOf(card);
      if (owner === ward?.person) throw new TeburaError("CARD_OTHER_PERSON", notTheGuardian);
      const by = ward ? "guardian" : "self";
      return agreed.map((asked) => consentTo(this.#ports, asked, ward?.person ?? owner, by));
    };
  }

  async #keep(request: ConsentedEnrolment, { card: signer, all }: Signed): Promise<Enrolled> {
    const { store, onChanged, report } = this.#ports;
    const { ward } = request;
    const person = ward?.person ?? this.ownerOf(signer);
    const card = ward ? ward.card : signer;
    const renewed = store.consents.of(person).length > 0;
    const { name, templates } = request;
    keepConsented(store, person, { name, templates, card, all });
    onChanged(person);
    await report();
    return { person, renewed };
  }

  async #signed(statementsFor: StatementsFor, signal: AbortSignal): Promise<Signed> {
    const sign = (card: SigningCard, askPin: AskPin) => this.#signWith(card, askPin, statementsFor);
    return await this.withCard(sign, signal);
  }

  async #signWith(
    card: SigningCard,
    askPin: AskPin,
    statementsFor: StatementsFor,
  ): Promise<Signed> {
    const { rules, named, factor, clock } = this.#ports;
    const result = await signConsents(card, {
      ...{ rules, named, factor, statementsFor, askPin },
      wall: () => clock.wall(),
    }).catch((error): SigningResult => {
      const code = errorCodeOf(error);
      if (code === undefined) throw error;
      return { ok: false, code };
    });
    return result.ok ? result : refused(result.code);
  }
}

const notTheGuardian = "this card is the person's own: their guardian's is needed";

function refused(code: string): never {
  if (code === "CONSENT_SIGNATURE_NEEDED") {
    throw new TeburaError(code, "a consent is signed with the card's signing key here as well");
  }
  if (code === "CARD_OTHER_PERSON") throw new TeburaError(code, notTheGuardian);
  if (code === "PERSON_NOT_FOUND") {
    throw new TeburaError(code, "this card has no consent here that could end");
  }
  throw new TeburaError("CONSENT_REFUSED", `the card did not sign the consent: ${code}`);
}

function refuseUnsignable({ agreed, ward }: ConsentedEnrolment): void {
  if (agreed.length === 0) {
    throw new TeburaError("CONSENT_NEEDED", "nobody is enrolled without words that they agreed to");
  }
  if (ward && agreed.some(({ terms }) => terms.until > ward.endsAt)) {
    throw new TeburaError(
      "CONSENT_OUTLIVES_GUARDIAN",
      "what was read out lasts longer than a guardian may sign for: check the dates, and read it out again",
    );
  }
}
