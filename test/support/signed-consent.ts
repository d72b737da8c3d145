import { sign } from "node:crypto";
import {
  type ConsentStatement,
  encodeConsent,
  type SignedConsent,
  termsOf,
} from "#contract/consent.ts";
import { consentTextVersion } from "#contract/consent-words.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { Issued } from "#contract/pki/certificate-writer.ts";
import type { Service } from "#contract/services.ts";
import { days, hierarchyAt } from "./card-hierarchy.ts";
import { stepUpCard } from "./card-step-up.ts";

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

/** A consent to a service for two years from a moment; `nth` tells two of them apart. */
export function consentStatement(
  change: {
    readonly act?: "give" | "withdraw";
    readonly service?: Service;
    readonly person?: Pseudonym;
    readonly device?: DeviceId;
    readonly at?: WallMs;
    readonly until?: WallMs;
    readonly by?: ConsentStatement["by"];
    readonly nth?: number;
  } = {},
): ConsentStatement {
  const { act = "give", service = "bus.boarding", at = hierarchyAt, nth = 1 } = change;
  const said = {
    ...({ type: "tebura-consent", v: 1, service, at } as const),
    by: change.by ?? "self",
    id: Buffer.alloc(16, nth).toString("base64url"),
    person: change.person ?? ("AAAAAAAAAAAAAAAAAAAAAA" as Pseudonym),
    device: change.device ?? ("bus-7" as DeviceId),
  };
  if (act === "withdraw") return { ...said, act };
  const until = change.until ?? days(730);
  const terms = termsOf(consentTextVersion, {
    ...{ service, from: at, until, eventDays: 365, viewers: ["person", "operator"] },
  });
  if (!terms) throw new Error("the words are not known");
  return { ...said, act, terms };
}

/** Signs these very bytes as the card of the tests would. */
export function signedConsent(
  statement: ConsentStatement | Uint8Array,
  card: Issued = stepUpCard,
): SignedConsent {
  const bytes = statement instanceof Uint8Array ? statement : encodeConsent(statement);
  return {
    ...{ factor: "pin", algorithm: "rsa-sha256", intermediates: [] },
    statement: base64url(bytes),
    signature: base64url(sign("sha256", bytes, card.key.privateKey)),
    certificate: base64url(card.der),
  };
}
