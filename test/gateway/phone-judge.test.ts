import { expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { Event, EventBody } from "#contract/events.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { PhoneSignature } from "#contract/phone-evidence.ts";
import { type JudgedEvent, noPhoneVerifier, phoneFlaw } from "#gateway/step-up/phone-judge.ts";
import { SoftPhone, shownOf } from "#test/support/soft-phone.ts";
import { face, nine, person } from "./service-events.ts";

const phone = new SoftPhone();
const stranger = new SoftPhone();
const [ann, ben] = [person("a"), person("b")];
const payment = { reference: "r-1", amountYen: 250_000 };
const said = { person: ann, ...payment };

const eventOf = (body: EventBody, device = "till-1", sequence = 1) =>
  ({ v: 1, device: device as DeviceId, sequence, at: nine as WallMs, body }) as Event;
/** A decision by these phones, with what they signed beside it. */
const decided = (changes: object = {}, signed: readonly PhoneSignature[] = [phone.signs(said)]) => {
  const shown = signed.map(shownOf);
  const body = {
    ...{ type: "decision.made", service: "payment", outcome: "admit", reason: "phone-proved" },
    ...{ person: ann, factors: ["phone"], evidence: shown.map(({ evidence }) => evidence) },
    ...changes,
  } as EventBody;
  return { event: eventOf(body), openings: shown.map(({ opening }) => opening) };
};
const authorised = (changes: object = {}) => ({
  event: eventOf(
    {
      ...{ type: "payment.authorised", merchant: "bakery" as PlaceId, ...payment, currency: "JPY" },
      ...{ person: ann, decision: { device: "till-1" as DeviceId, sequence: 1 }, tier: "t" },
      ...{ asked: ["phone"], used: ["phone"], expiresAt: nine as WallMs, ...changes },
    } as EventBody,
    "till-1",
    2,
  ),
  openings: [],
});
const flawOf = (judged: JudgedEvent, made?: JudgedEvent, verifier = phone.verifier) =>
  phoneFlaw(verifier, judged, {
    event: (sequence) => (sequence === 1 ? made?.event : undefined),
    opening: (sequence) => (sequence === 1 ? made?.openings[0] : undefined),
  });

test.each([
  { name: "a signature that holds", event: decided(), flaw: undefined },
  { name: "no signature beside the word", event: decided({}, []), flaw: "PHONE_MISSING" },
  {
    ...{ name: "a signature that is kept no more", flaw: "PHONE_MISSING" },
    event: { ...decided(), openings: [] },
  },
  {
    ...{ name: "another scheme than the phone's", flaw: "PHONE_DIFFERS" },
    event: decided({ evidence: [{ ...shownOf(phone.signs(said)).evidence, scheme: "other" }] }),
  },
  {
    ...{ name: "something else beside it than a signature", flaw: "PHONE_MALFORMED" },
    event: decided({}, [{ kind: "card" } as never]),
  },
  {
    ...{ name: "a factor that is named and not brought", flaw: "PHONE_MISSING" },
    event: decided({ reason: "face-matched", factors: ["face", "phone"], evidence: [face] }, []),
  },
  {
    ...{ name: "face and phone without the phone", flaw: "PHONE_MISSING" },
    event: decided({ reason: "face-and-phone-proved", evidence: [face] }, []),
  },
  {
    ...{ name: "another phone's signature", flaw: "PHONE_SIGNATURE_INVALID" },
    event: decided({}, [stranger.signs(said)]),
  },
  {
    ...{ name: "a signature for somebody else", flaw: "PHONE_OTHER_PERSON" },
    event: decided({ person: ben }),
  },
  {
    ...{ name: "a face, and no word of a phone", flaw: undefined },
    event: decided({ reason: "face-matched", factors: ["face"], evidence: [face] }, []),
  },
  {
    ...{ name: "a phone that was refused", flaw: undefined },
    event: decided({ outcome: "refuse", reason: "phone-refused", factors: [] }, []),
  },
  {
    ...{ name: "a refusal that brings what nobody judges", flaw: "PHONE_DIFFERS" },
    event: decided({ outcome: "refuse", reason: "phone-refused", factors: [] }),
  },
])("a decision with $name: $flaw", ({ event, flaw }) => {
  expect(flawOf(event)).toBe(flaw);
});

test("without a verifier no phone has proved anything, whatever was signed", () => {
  expect(flawOf(decided(), undefined, noPhoneVerifier)).toBe("PHONE_NOT_VERIFIABLE");
  expect(flawOf(authorised(), decided(), noPhoneVerifier)).toBe("PHONE_NOT_VERIFIABLE");
});

test.each([
  { name: "on its decision", event: authorised(), made: decided(), flaw: undefined },
  { name: "on no decision", event: authorised(), made: undefined, flaw: "PHONE_MISSING" },
  {
    ...{ name: "on a face alone", event: authorised(), flaw: "PHONE_MISSING" },
    made: decided({ reason: "face-matched", factors: ["face"], evidence: [face] }, []),
  },
  {
    ...{ name: "on a decision of another box", made: decided(), flaw: "PHONE_MISSING" },
    event: authorised({ decision: { device: "till-2", sequence: 1 } }),
  },
  {
    ...{ name: "of more than was signed", made: decided(), flaw: "PHONE_OTHER_PAYMENT" },
    event: authorised({ amountYen: 250_001 }),
  },
  {
    ...{ name: "of another reference", made: decided(), flaw: "PHONE_OTHER_PAYMENT" },
    event: authorised({ reference: "r-2" }),
  },
  {
    ...{ name: "by face, which no phone is asked about", made: decided(), flaw: undefined },
    event: authorised({ asked: ["face"], used: ["face"] }),
  },
])("a payment $name: $flaw", ({ event, made, flaw }) => {
  expect(flawOf(event, made)).toBe(flaw);
});
