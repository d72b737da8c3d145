import type { ConsentKey } from "#contract/consent.ts";
import { serviceInWords } from "#contract/consent-words.ts";
import { openCertificate } from "#contract/deletion-certificate.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import type { WallMs } from "#contract/ids.ts";
import { type Service, serviceNames } from "#contract/services.ts";
import { certificatePage } from "../consent/certificate-page.ts";
import type { DeletionStatus } from "../consent/deletions.ts";
import { type Answer, refusal } from "../desk/answer.ts";
import type { Galleries } from "../gallery/galleries.ts";
import { gatherOwnData, type OwnDataPorts } from "../persons/own-data.ts";
import { ownDataSheet } from "../persons/own-data-sheet.ts";
import { serviceWords } from "../persons/own-data-words.ts";
import type { ConsentStanding } from "../views/consent-book.ts";
import type { ResidentIdentity } from "./residents.ts";

export interface ResidentDeskPorts extends OwnDataPorts {
  readonly timeZone: string;
  galleries(): Galleries;
}

/** A consent as the one whom it is about sees it, and how far its deletion is once it has ended. */
export interface OwnConsent extends Omit<ConsentStanding, "person"> {
  /** What the service is called in Japanese. */
  readonly label: string;
  /** And in every language of the pages. */
  readonly name: ReturnType<typeof serviceInWords>;
  readonly deletion: Pick<DeletionStatus, "gone" | "of" | "certified"> | null;
}

/**
 * What people do for themselves at the page: see their consents, end one, follow the deletion, and have
 * their own data. Whom it is about comes from the session; nothing that a browser sends names anybody.
 */
export class ResidentDesk {
  readonly #ports: ResidentDeskPorts;

  constructor(ports: ResidentDeskPorts) {
    this.#ports = ports;
  }

  /** Whether there is anybody of whom a page could show something. */
  knows(who: ResidentIdentity): boolean {
    if ("reference" in who) return this.#ports.registry.isKnown(who.reference);
    return this.#ports.galleries().desk.show(who).ok;
  }

  consents(who: ResidentIdentity): readonly OwnConsent[] {
    const { desk, deletions } = this.#ports.galleries();
    return this.#keysOf(who).flatMap((key) => {
      const shown = desk.show(key);
      if (!shown.ok) return [];
      const { person: _, ...standing } = shown.consent;
      const status = deletions.status(key);
      const deletion = status.ok && standing.endedAt !== null ? progressOf(status.deletion) : null;
      const label = serviceWords[key.service];
      return [{ ...standing, label, name: serviceInWords(key.service), deletion }];
    });
  }

  async withdraw(
    who: ResidentIdentity,
    service: Service,
    account: string,
  ): Promise<Answer<{ endedAt: WallMs }>> {
    const key = this.#keyOf(who, service);
    return key ? await this.#ports.galleries().desk.withdraw(key, "web", account) : unknown();
  }

  /** The certificate as a page to print; DELETION_PENDING while a box has not answered. */
  async certificate(who: ResidentIdentity, service: Service): Promise<Answer<{ html: string }>> {
    const { galleries, timeZone } = this.#ports;
    const key = this.#keyOf(who, service);
    if (!key) return unknown();
    const { deletions, publicKey } = galleries();
    const made = await deletions.certificate(key);
    if (!made.ok) return made;
    const opened = await openCertificate(made.certificate, publicKey);
    return { ok: true, html: certificatePage(opened, made.certificate, timeZone) };
  }

  /** What `tebura audit --person` prints. The look is in the ledger, under the account's own name. */
  async ownData(who: ResidentIdentity, account: string): Promise<Answer<{ sheet: string }>> {
    if (!("reference" in who)) return unregistered();
    // Whoever is under protection may see what is held of themselves.
    const asker = { who: account, seesProtected: true };
    const data = await gatherOwnData(this.#ports, asker, who.reference);
    if (!data) return unregistered();
    return { ok: true, sheet: ownDataSheet(data, localTimeIn(this.#ports.timeZone)) };
  }

  #keyOf(who: ResidentIdentity, service: Service): ConsentKey | undefined {
    return this.#keysOf(who).find((key) => key.service === service);
  }

  /** By which name each service knows the person. */
  #keysOf(who: ResidentIdentity): readonly ConsentKey[] {
    if (!("reference" in who)) return [who];
    const { registry } = this.#ports;
    const id = registry.idOf(who.reference);
    if (!id) return [];
    return serviceNames.map((service) => ({ service, person: registry.pseudonymOf(service, id) }));
  }
}

const progressOf = ({ gone, of, certified }: DeletionStatus) => ({ gone, of, certified });

const unknown = () => refusal("CONSENT_UNKNOWN", "nothing is on record of you in this service");
const unregistered = () =>
  refusal("PERSON_NOT_FOUND", "the registry does not hold you; ask at the counter");
