import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "#contract/digest.ts";
import { errorCodeOf } from "#contract/errors.ts";
import { readEventMessage, writeEventMessage } from "#contract/event-message.ts";
import type { EventBody } from "#contract/events.ts";
import {
  commitmentOf,
  flawOfOpenings,
  type Opening,
  openingOf,
} from "#contract/evidence-commitment.ts";
import type { Digest, Pseudonym } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";

const name = "A".repeat(22) as Pseudonym;

/** An admission on a card that commits to this. */
function committing(commitment: Digest): EventBody {
  return {
    ...{ type: "decision.made", service: "payment", outcome: "admit", reason: "card-proved" },
    evidence: [
      { kind: "face", model: "m", frames: 1, falseMatchRate: null, liveness: "passed" },
      {
        ...{ kind: "card", virtual: false, revocationAgeMs: 0, factor: "pin", card: name },
        commitment,
      },
    ],
  };
}

const some = fc.uint8Array({ minLength: 1, maxLength: 200 });
const salts = fc.uint8Array({ minLength: 16, maxLength: 16 });

/** The same text of base64url with one bit of what it stands for flipped. */
function flipped(text: string, bit: number): string {
  const bytes = Buffer.from(text, "base64url");
  const at = bit % (bytes.length * 8);
  bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
  return bytes.toString("base64url");
}

test("an opening opens its own commitment, and no other with one bit flipped, cut off or put on does", () => {
  const property = fc.property(some, salts, fc.nat(), (bytes, salt, bit) => {
    const opening = openingOf(bytes, salt);
    const body = committing(commitmentOf(opening));
    expect(flawOfOpenings(body, [opening])).toBeUndefined();
    const longer = Buffer.concat([bytes, Buffer.of(bit & 255)]);
    const others: Opening[] = [
      { ...opening, bytes: flipped(opening.bytes, bit) },
      { ...opening, salt: flipped(opening.salt, bit) },
      openingOf(longer, salt),
      openingOf(bytes.slice(1), salt),
      // The border between the two is no place to move a byte over.
      openingOf(Buffer.concat([Buffer.from(salt).subarray(15), bytes]), salt),
    ];
    for (const other of others) {
      expect(flawOfOpenings(body, [other])).toBe("EVENT_EVIDENCE_MISMATCH");
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test("the same evidence commits to something else each time, and never to its plain digest", () => {
  const bytes = Buffer.from("what a card signed");
  const made = Array.from({ length: 50 }, () => commitmentOf(openingOf(bytes, randomBytes(16))));
  expect(new Set(made).size).toBe(50);
  expect(made).not.toContain(digestOf(bytes));
  expect(() => openingOf(bytes, randomBytes(15))).toThrow(/sixteen/);
});

test("what is missing and what is too much have codes of their own", () => {
  const opening = openingOf(Buffer.from("x"), Buffer.alloc(16, 1));
  const body = committing(commitmentOf(opening));
  expect(flawOfOpenings(body, [])).toBe("EVENT_EVIDENCE_MISSING");
  expect(flawOfOpenings(body, [opening, opening])).toBe("EVENT_EVIDENCE_SUPERFLUOUS");
  const started: EventBody = { type: "device.started", version: "1", service: "payment" };
  expect(flawOfOpenings(started, [opening])).toBe("EVENT_EVIDENCE_SUPERFLUOUS");
  expect(flawOfOpenings(started, [])).toBeUndefined();
});

test("a message reads back as what was written, and no other text reads as the same", () => {
  const all = fc.array(fc.tuple(some, salts), { maxLength: 3 });
  const property = fc.property(all, (parts) => {
    const openings = parts.map(([bytes, salt]) => openingOf(bytes, salt));
    const message = { sealed: "a.b.c", openings };
    expect(readEventMessage(Buffer.from(writeEventMessage(message)))).toEqual(message);
  });
  fc.assert(property, { numRuns: 100 });
});

const salt = "A".repeat(22);
test.each([
  { what: "an empty line", text: "a.b.c\n", code: "EVENT_MALFORMED" },
  { what: "a line that ends another way", text: `a.b.c\n${salt}.AA\r`, code: "EVENT_MALFORMED" },
  { what: "a short salt", text: `a.b.c\n${salt.slice(1)}.AA`, code: "EVENT_MALFORMED" },
  {
    what: "a salt spelled otherwise",
    text: `a.b.c\n${salt.slice(1)}B.AA`,
    code: "EVENT_MALFORMED",
  },
  { what: "bytes spelled otherwise", text: `a.b.c\n${salt}.AB`, code: "EVENT_MALFORMED" },
  { what: "no bytes", text: `a.b.c\n${salt}.`, code: "EVENT_MALFORMED" },
  {
    what: "an event that is too long",
    text: `${"A".repeat(limits.eventBytesMax + 1)}\n${salt}.AA`,
    code: "EVENT_OVERSIZED",
  },
  {
    what: "evidence that is too long",
    text: `a.b.c\n${salt}.${"A".repeat(limits.evidenceBytesMax)}`,
    code: "EVENT_OVERSIZED",
  },
])("a message with $what is refused, and not repeated", ({ text, code }) => {
  try {
    readEventMessage(Buffer.from(text));
    expect.unreachable();
  } catch (error) {
    expect(errorCodeOf(error)).toBe(code);
    expect(String(error)).not.toContain("a.b.c");
  }
});
