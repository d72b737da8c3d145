import { expect, test } from "vitest";
import { encodeConsent } from "#contract/consent.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import { dayBeginsAt, dayEndsAt, reachesAgeAt } from "#contract/of-age.ts";
import { keyPair } from "#device/card/virtual/certificates.ts";
import { hierarchyAt, makeCard } from "#test/support/card-hierarchy.ts";
import { stepUpAuthority } from "#test/support/card-step-up.ts";
import { consentStatement, signedConsent } from "#test/support/signed-consent.ts";
import {
  birthday,
  identityOf,
  motherCard,
  service,
  timeZone,
  uncleCard,
  wardsCity,
} from "./wards-city.ts";

test.each([
  { born: "2011-11-24", zone: "Asia/Tokyo", at: "2026-11-23T15:00:00Z" },
  { born: "2011-11-24", zone: "UTC", at: "2026-11-24T00:00:00Z" },
  { born: "2011-11-24", zone: "America/Los_Angeles", at: "2026-11-24T08:00:00Z" },
  { born: "2012-02-29", zone: "Asia/Tokyo", at: "2027-02-28T15:00:00Z" },
  // In Santiago a night of September has no midnight: its day begins at one.
  { born: "2011-09-06", zone: "America/Santiago", at: "2026-09-06T04:00:00Z" },
])("whoever was born on $born is fifteen from $at in $zone", ({ born, zone, at }) => {
  expect(new Date(reachesAgeAt(born, 15, zone)).toISOString()).toBe(at.replace("Z", ".000Z"));
  expect(dayEndsAt("2026-12-31", zone)).toBe(dayBeginsAt("2027-01-01", zone));
});

test("a guardian's consent holds to the last millisecond before the birthday, and both are on record", async () => {
  await using place = await wardsCity();
  const child = place.name("child");
  expect(await place.give({ person: child, until: birthday })).toBe("GUARDIAN_NEEDED");
  const guarded = { person: child, by: "guardian" } as const;
  expect(await place.give({ ...guarded, until: (birthday + 1) as WallMs })).toBe(
    "CONSENT_OUTLIVES_GUARDIAN",
  );
  expect(await place.give({ ...guarded, until: birthday }, uncleCard)).toBe("CARD_OTHER_PERSON");
  expect(await place.give({ ...guarded, until: birthday })).toBeNull();
  expect(place.bodies()).toContainEqual(
    expect.objectContaining({
      ...{ type: "consent.given", person: child, by: "guardian" },
      guardian: place.name("mother"),
    }),
  );
  place.at(birthday - 1);
  expect(place.standing("child")).toMatchObject({ state: "standing", askAnew: false });
  place.at(birthday);
  expect(place.standing("child")).toMatchObject({
    ...{ state: "expired", endedAt: birthday, askAnew: true },
  });
  // Nobody signs for her any more, and she signs herself.
  expect(await place.give({ ...guarded, until: (birthday + 1_000) as WallMs })).toBe(
    "GUARDIAN_ENDED",
  );
});

test("on her birthday the child's own card counts, and her mother's does not pass for it", async () => {
  await using place = await wardsCity();
  const own = makeCard(stepUpAuthority, { serial: 6_001, key: keyPair("rsa-2048", "child") });
  const self = { person: place.name("child") };
  place.at(birthday - 1);
  expect(await place.give(self, own)).toBe("GUARDIAN_NEEDED");
  expect(await place.give({ ...self, by: "guardian", until: birthday })).toBeNull();
  // To end it is never refused to whom it is about.
  expect(await place.give({ ...self, act: "withdraw" }, own)).toBeNull();
  expect(place.standing("child")).toMatchObject({ state: "withdrawn", askAnew: false });
  place.at(birthday);
  expect(await place.give(self, motherCard)).toBe("CARD_OTHER_PERSON");
  expect(await place.give(self, own)).toBeNull();
  expect(place.standing("child")).toMatchObject({ state: "standing" });
});

test("an adult ward's guardian signs through the court's day, and not beyond it", async () => {
  await using place = await wardsCity();
  const ward = { person: place.name("ward") };
  const court = dayEndsAt("2026-11-23", timeZone);
  expect(await place.give({ ...ward, until: court })).toBe("GUARDIAN_NEEDED");
  expect(await place.give({ ...ward, by: "guardian" })).toBe("CONSENT_OUTLIVES_GUARDIAN");
  expect(await place.give({ ...ward, by: "guardian", until: court })).toBeNull();
  place.at(court);
  expect(place.standing("ward")).toMatchObject({ state: "expired", askAnew: true });
  expect(await place.give({ ...ward, by: "guardian", until: (court + 1) as WallMs })).toBe(
    "GUARDIAN_ENDED",
  );
});

test("a guardian named at the counter needs an end, and a card that was lost speaks for nobody", async () => {
  await using place = await wardsCity();
  const stranger = "SSSSSSSSSSSSSSSSSSSSSA" as Pseudonym;
  const { cards } = place.gateway;
  const said = { person: stranger, by: "guardian", until: birthday } as const;
  expect(await place.give(said)).toBe("CARD_OTHER_PERSON");
  const card = identityOf(motherCard);
  cards.addGuardian(card, { service, person: stranger }, hierarchyAt, null);
  expect(await place.give(said)).toBe("GUARDIAN_END_UNKNOWN");
  // A guardian's card is not the ward's own, whatever the statement says.
  expect(await place.give({ ...said, by: "self" })).toBe("CARD_OTHER_PERSON");
  cards.addGuardian(card, { service, person: stranger }, hierarchyAt, birthday);
  expect(await place.give(said)).toBeNull();
  cards.reportLost(card);
  expect(await place.give(said)).toBe("CARD_LOST");
});

test("a proxy acts in the named service between the two moments, and both are on record", async () => {
  await using place = await wardsCity();
  const [child, uncle] = [place.name("child"), place.name("uncle")];
  const from = (hierarchyAt + 60_000) as WallMs;
  const until = (hierarchyAt + 120_000) as WallMs;
  const act = { person: child, by: "proxy", until: birthday } as const;
  expect(await place.give(act, uncleCard)).toBe("PROXY_OUT_OF_SCOPE");
  // Neither the child, nor the proxy, nor a stranger appoints.
  expect(await place.appoint({ by: "self" })).toBe("GUARDIAN_NEEDED");
  expect(await place.appoint({}, uncleCard)).toBe("CARD_OTHER_PERSON");
  expect(await place.appoint({ until: (birthday + 1) as WallMs })).toBe(
    "CONSENT_OUTLIVES_GUARDIAN",
  );
  expect(await place.appoint({ until: hierarchyAt })).toBe("MANDATE_TERMS_INVALID");
  expect(await place.appoint({ from, until })).toBeNull();
  expect(await place.give(act, uncleCard)).toBe("PROXY_OUT_OF_TIME");
  place.at(from);
  // Another service, and another person, are not what was signed.
  const elsewhere = {
    ...act,
    service: "bus.boarding",
    person: place.name("child", "bus.boarding"),
  };
  expect(await place.give(elsewhere as typeof act, uncleCard)).toBe("PROXY_OUT_OF_SCOPE");
  expect(await place.give({ ...act, person: place.name("ward") }, uncleCard)).toBe(
    "PROXY_OUT_OF_SCOPE",
  );
  expect(await place.give({ ...act, until: (until + 1) as WallMs }, uncleCard)).toBe(
    "CONSENT_OUTLIVES_GUARDIAN",
  );
  expect(await place.give({ ...act, until }, uncleCard)).toBeNull();
  expect(await place.give({ ...act, act: "withdraw" }, uncleCard)).toBeNull();
  const both = { person: child, by: "proxy", proxy: uncle, guardian: place.name("mother") };
  expect(place.bodies()).toContainEqual(
    expect.objectContaining({ type: "consent.given", ...both }),
  );
  expect(place.bodies()).toContainEqual(
    expect.objectContaining({ type: "consent.withdrawn", ...both }),
  );
  place.at(until);
  expect(await place.give({ ...act, act: "withdraw" }, uncleCard)).toBe("PROXY_OUT_OF_TIME");
});

test("over HTTP a mandate is shown, and its end at a counter counts at once", async () => {
  await using place = await wardsCity();
  const [person, proxy] = [place.name("child"), place.name("uncle")];
  expect(await place.appoint({})).toBeNull();
  const about = { service, person };
  const ask = async (path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    return await (
      await place.ask(path, { method: "POST", headers, body: JSON.stringify(body) })
    ).json();
  };
  expect(await ask("/api/proxies/show", about)).toMatchObject({
    proxies: [{ proxy, state: "standing", by: "guardian" }],
  });
  const end = { ...about, proxy, how: "counter" };
  const dismiss = async () => await ask("/api/proxies/dismiss", end);
  expect(await dismiss()).toMatchObject({ endedAt: hierarchyAt });
  expect(await dismiss()).toMatchObject({ code: "PROXY_UNKNOWN" });
  expect(await place.give({ person, by: "proxy", until: birthday }, uncleCard)).toBe(
    "PROXY_OUT_OF_TIME",
  );
});

test("what was not signed as it stands counts for nothing", async () => {
  await using place = await wardsCity();
  const statement = consentStatement({ service, person: place.name("child"), by: "guardian" });
  const consent = signedConsent(encodeConsent(statement), motherCard);
  const taken = await place.gateway.galleries.mandates.handIn(consent);
  expect(taken).toMatchObject({ ok: false, code: "PROXY_REFUSED" });
  const device = "desk-1" as DeviceId;
  const spaced = Buffer.from(
    JSON.stringify({ type: "tebura-mandate", v: 1, device, act: "appoint" }, null, 1),
  );
  expect(
    await place.gateway.galleries.mandates.handIn(signedConsent(spaced, motherCard)),
  ).toMatchObject({ message: expect.stringContaining("MANDATE_MALFORMED") });
});

test("a birth date that is put right later ends what a guardian agreed to, and nobody else's", async () => {
  await using place = await wardsCity();
  const [child, ward] = [place.name("child"), place.name("ward")];
  const court = dayEndsAt("2026-11-23", timeZone);
  expect(await place.give({ person: child, by: "guardian", until: birthday })).toBeNull();
  expect(await place.give({ person: ward, by: "guardian", until: court })).toBeNull();
  const ends = async () => {
    const { galleries } = place.gateway;
    await galleries.endForFormerWards();
    return [place.standing("child"), place.standing("ward")];
  };
  expect(await ends()).toMatchObject([{ state: "standing" }, { state: "standing" }]);
  place.register("persons", { reference: "child", name: "手ぶら 花子", birthDate: "2011-11-23" });
  // By the corrected date she was fifteen this morning.
  expect(await ends()).toMatchObject([{ state: "withdrawn" }, { state: "standing" }]);
  expect(place.bodies()).toContainEqual(
    expect.objectContaining({ type: "consent.withdrawn", person: child, how: "registry" }),
  );
});
