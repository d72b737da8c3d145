import { randomBytes } from "node:crypto";
import { type ConsentStatement, type ConsentTerms, termsOf } from "#contract/consent.ts";
import { consentTextVersion, newConsentWords, serviceInWords } from "#contract/consent-words.ts";
import { digestOf } from "#contract/digest.ts";
import { TeburaError } from "#contract/errors.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { ConsentSettings } from "#firmware-config/consent.ts";
import type { Clock } from "#runtime/clock.ts";
import type { DeviceIdentity } from "../identity/identity.ts";
import type { AskedConsent, ShownConsent } from "../kiosk/messages.ts";
import type { SignedStatement } from "./sign-consents.ts";

interface StatementPorts {
  readonly identity: DeviceIdentity;
  readonly settings: ConsentSettings;
  readonly clock: Pick<Clock, "wall">;
}

const dayMs = 24 * 3_600_000;

/** Sixteen random bytes, for what has to be told apart and says nothing. */
export const randomId = () => randomBytes(16).toString("base64url");

/** By which box and gateway speak of one statement. */
export const statementDigest = ({ signed }: SignedStatement) =>
  digestOf(Buffer.from(signed.statement, "base64url"));

/**
 * What is asked for a service from this moment on, with the words that say so; to `endsAt` at the latest,
 * where a guardian is asked who signs no longer than that.
 */
export function askedConsent(
  { settings, clock }: Pick<StatementPorts, "settings" | "clock">,
  service: Service,
  endsAt = Number.POSITIVE_INFINITY,
): AskedConsent & ShownConsent {
  const from = clock.wall();
  const until = Math.min(from + settings.validDays * dayMs, endsAt) as WallMs;
  const { eventDays, viewers } = settings;
  const terms = termsOf(consentTextVersion, { service, from, until, eventDays, viewers });
  if (!terms) {
    throw new TeburaError("UNREACHABLE", `there are no words of version ${consentTextVersion}`);
  }
  const subject = { service, until, eventDays, viewers };
  return { service, terms, name: serviceInWords(service), words: newConsentWords(subject) };
}

/** The statement that gives a consent, for a card to sign. */
export function consentTo(
  ports: StatementPorts,
  { service, terms }: { readonly service: Service; readonly terms: ConsentTerms },
  owner: PersonId,
  by: "self" | "guardian",
): ConsentStatement {
  return { ...said(ports, service, owner, by), act: "give", terms };
}

/** The statement that ends whatever was agreed to. */
export function withdrawalFrom(
  ports: StatementPorts,
  service: Service,
  owner: PersonId,
): ConsentStatement {
  return { ...said(ports, service, owner, "self"), act: "withdraw" };
}

function said(
  { identity, clock }: StatementPorts,
  service: Service,
  owner: PersonId,
  by: "self" | "guardian",
) {
  return {
    ...({ type: "tebura-consent", v: 1, by } as const),
    ...{ id: randomId(), service, person: identity.pseudonymOf(service, owner) },
    ...{ device: identity.id, at: clock.wall() },
  };
}
