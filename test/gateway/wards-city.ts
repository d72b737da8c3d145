import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cardIdentity } from "#contract/card-signature.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { encodeMandate, type Mandate, mandateSchema } from "#contract/mandate.ts";
import { parseCertificate } from "#contract/pki/certificate.ts";
import type { Issued } from "#contract/pki/certificate-writer.ts";
import type { Service } from "#contract/services.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { type RecordKind, type RecordOf, recordSchemas } from "#gateway/persons/records.ts";
import { systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { hierarchyAt, makeCard, makeCrl } from "#test/support/card-hierarchy.ts";
import { stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";
import { consentStatement, signedConsent } from "#test/support/signed-consent.ts";

export const timeZone = "Asia/Tokyo";
export const service = "school.attendance";
/** Fifteen years after the child's birth, by the clock of the city: three hours after the tests begin. */
export const birthday = Date.parse("2026-11-24T00:00:00+09:00") as WallMs;
export const motherCard = stepUpCard;
export const uncleCard = makeCard(stepUpAuthority, {
  serial: 5_001,
  key: keyPair("rsa-2048", "uncle"),
});

/** A gateway with a registry: a child of fourteen, her mother, her uncle, and a grandmother under a court's ward. */
export async function wardsCity() {
  const folder = temporaryFolder();
  const { trust } = gatewayFiles(folder.path);
  const put = (kind: string, name: string, bytes: Uint8Array) => {
    mkdirSync(join(trust, kind), { recursive: true });
    writeFileSync(join(trust, kind, name), bytes);
  };
  put("anchors", "2023.cer", stepUpAuthority.der);
  put("crls", "oita.crl", makeCrl(stepUpAuthority));
  let now: WallMs = hierarchyAt;
  const clock = { ...systemClock, wall: () => now };
  const running = await startGateway(folder.path, timeZone, 0, clock);
  const { gateway } = running;
  const { persons, galleries, cards } = gateway;
  const register = <K extends RecordKind>(kind: K, record: RecordOf<K>) =>
    persons.write(() => {
      const parsed: unknown = recordSchemas[kind].parse(record);
      for (const draft of draftsOf(kind, parsed as RecordOf<K>)) persons.put(draft);
      return { result: undefined, keep: true };
    });
  register("persons", { reference: "child", name: "手ぶら 花子", birthDate: "2011-11-24" });
  register("persons", { reference: "mother", name: "手ぶら 良子", birthDate: "1980-01-31" });
  register("persons", { reference: "uncle", name: "手ぶら 次郎", birthDate: "1982-02-01" });
  register("persons", { reference: "ward", name: "手ぶら キク", birthDate: "1938-01-01" });
  const bond = { notify: false } as const;
  register("guardians", { guardian: "mother", ward: "child", relation: "mother", ...bond });
  register("guardians", {
    ...{ guardian: "mother", ward: "ward", relation: "legal-guardian", ...bond },
    until: "2026-11-23",
  });
  const name = (reference: string, of: Service = service) =>
    persons.pseudonymOf(of, persons.idOf(reference) as PersonId);
  const meet = (card: Issued, reference: string) => {
    const identity = identityOf(card);
    cards.keep({
      card: identity,
      expiresAt: 0 as WallMs,
      person: name(reference),
      service,
      at: now,
    });
  };
  meet(motherCard, "mother");
  meet(uncleCard, "uncle");
  let nth = 0;
  const give = async (change: Parameters<typeof consentStatement>[0], card = motherCard) => {
    const statement = consentStatement({ service, at: now, nth: ++nth, ...change });
    return (await galleries.desk.handIn(signedConsent(statement, card))).refusal;
  };
  const appoint = async (change: Partial<Mandate> & object, card = motherCard) => {
    const mandate = mandateSchema.parse({
      ...{ type: "tebura-mandate", v: 1, id: Buffer.alloc(16, ++nth).toString("base64url") },
      ...{ act: "appoint", service, person: name("child"), proxy: name("uncle"), device: "desk-1" },
      ...{ by: "guardian", at: now, from: now, until: birthday },
      ...change,
    });
    const signed = signedConsent(encodeMandate(mandate), card);
    const answer = await galleries.mandates.handIn(signed);
    return answer.ok ? null : answer.message.slice(answer.message.lastIndexOf(" ") + 1);
  };
  return {
    ...{ ...running, dataDir: folder.path, clock, name, give, appoint, register },
    at: (moment: number) => {
      now = moment as WallMs;
    },
    standing: (reference: string) => {
      const shown = galleries.desk.show({ service, person: name(reference) });
      return shown.ok ? shown.consent : shown.code;
    },
    bodies: () => gateway.ledger.after(0, 1_000).map((entry) => placed(entry).event.body),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

export const identityOf = (card: Issued) =>
  cardIdentity(parseCertificate(card.der), parseCertificate(stepUpAuthority.der));
