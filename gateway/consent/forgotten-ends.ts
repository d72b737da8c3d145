import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConsentKey } from "#contract/consent.ts";
import type { EventBody } from "#contract/events.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { type Service, serviceNames } from "#contract/services.ts";
import type { CardIdentity } from "#contract/step-up.ts";
import type { ConsentBook } from "../views/consent-book.ts";
import type { MandateBook } from "../views/mandate-book.ts";
import { type ConsentState as MedicalConsents, unendedConsents } from "../views/medical-consent.ts";
import type { ConsentDesk } from "./consent-desk.ts";
import type { MandateDesk } from "./mandate-desk.ts";
import type { Speakers } from "./speakers.ts";

/** Somebody who is about to be forgotten: by every name, with their cards, as far as anybody here knows them. */
export interface Leaving {
  readonly names: readonly ConsentKey[];
  readonly cards: readonly CardIdentity[];
  /** The registry's own name for them. */
  readonly id: PersonId | undefined;
  /** Who forgets them: an office's own name for the clerk or key, no person's. */
  readonly who: string;
}

export interface ForgottenEndPorts {
  readonly desk: Pick<ConsentDesk, "end">;
  readonly mandates: Pick<MandateDesk, "end">;
  readonly speakers: Pick<Speakers, "hasGuardianBeside">;
  readonly clock: { wall(): WallMs };
  record(body: EventBody): Promise<unknown>;
  /** The views as they are folded now. */
  views(): {
    readonly consents: { readonly state: ConsentBook };
    readonly mandates: { readonly state: MandateBook };
    readonly medicalConsent: { readonly state: MedicalConsents };
  };
}

const peopleOfTurn = 500;

/**
 * Ends what would outlive somebody who is forgotten; gives how much. That is: their own consents, whoever
 * signed them; what clinics may look at; every mandate that they gave or that lets them act; and what they
 * agreed to as a guardian for somebody who has no other guardian, since nobody would be left who stands for
 * it. A ward with another guardian keeps theirs: it is not the guardian's to lose. What somebody agreed to as
 * a proxy stays, because whoever appointed them does.
 */
export async function endForForgotten(ports: ForgottenEndPorts, leaving: Leaving): Promise<number> {
  const { desk, mandates, record } = ports;
  let ended = 0;
  for (;;) {
    const looks = looksLeft(ports, leaving);
    const consents = [...ownLeft(ports, leaving), ...(await wardsLeft(ports, leaving))];
    const acting = mandatesLeft(ports, leaving);
    const left = looks.length + consents.length + acting.length;
    if (left === 0) return ended;
    for (const consent of looks) await record({ type: "medical.consent-withdrawn", consent });
    for (const key of consents) await desk.end(key, leaving.who);
    for (const { proxy, ...key } of acting) await mandates.end(key, proxy, leaving.who);
    ended += left;
  }
}

function looksLeft({ views, clock }: ForgottenEndPorts, { names }: Leaving) {
  return names
    .filter(({ service }) => service === "medical.reception")
    .flatMap(({ person }) => unendedConsents(views().medicalConsent.state, person, clock.wall()));
}

function ownLeft({ views, clock }: ForgottenEndPorts, { names }: Leaving) {
  return names.filter((key) => views().consents.state.unended(key, clock.wall()).length > 0);
}

/** Whose consents were all signed by them as the only guardian. */
async function wardsLeft(ports: ForgottenEndPorts, leaving: Leaving) {
  const { views, speakers, clock } = ports;
  const theirs = namedAs(leaving);
  const left: ConsentKey[] = [];
  let looked = 0;
  for (const service of serviceNames) {
    for (const person of views().consents.state.people(service)) {
      looked += 1;
      if (looked % peopleOfTurn === 0) await nextTurn(); // Boxes get their receipts meanwhile.
      const [key, now] = [{ service, person }, clock.wall()];
      const given = views().consents.state.unended(key, now);
      const areTheirs = given.every(({ guardian }) => theirs(service, guardian));
      if (given.length === 0 || !areTheirs) continue;
      if (!speakers.hasGuardianBeside(key, now, leaving)) left.push(key);
    }
  }
  return left;
}

function mandatesLeft({ views, speakers, clock }: ForgottenEndPorts, leaving: Leaving) {
  const theirs = namedAs(leaving);
  const now = clock.wall();
  const isNobodyElses = (key: ConsentKey, guardian: Pseudonym | undefined) =>
    theirs(key.service, guardian) && !speakers.hasGuardianBeside(key, now, leaving);
  return views()
    .mandates.state.unended(now)
    .map(({ service, person, proxy, guardian }) => ({ service, person, proxy, guardian }))
    .filter(({ guardian, proxy, ...key }) => {
      const isOneOfTwo = theirs(key.service, key.person) || theirs(key.service, proxy);
      return isOneOfTwo || isNobodyElses(key, guardian);
    })
    .map(({ guardian: _, ...named }) => named);
}

/** Whether a name is one of theirs in a service. */
export function namedAs({
  names,
}: Pick<Leaving, "names">): (service: Service, name: Pseudonym | undefined) => boolean {
  const theirs = new Set(names.map(({ service, person }) => `${service} ${person}`));
  return (service, name) => name !== undefined && theirs.has(`${service} ${name}`);
}
