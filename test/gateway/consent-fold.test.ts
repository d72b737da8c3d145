import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConsentKey } from "#contract/consent.ts";
import { deskDevice } from "#contract/desk-device.ts";
import { genesisDigest } from "#contract/digest.ts";
import type { EventBody } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import type { PlacedEvent } from "#gateway/ledger/placed.ts";
import { ConsentBook } from "#gateway/views/consent-book.ts";

const people = ["A", "B"].map((letter) => letter.repeat(22) as Pseudonym);
const services = ["bus.boarding", "payment"] as const;

/** What happened, in moments small enough to collide. */
const factArbitrary = fc.record({
  kind: fc.constantFrom("give", "withdraw", "refuse", "forged" as const),
  service: fc.constantFrom(...services),
  person: fc.constantFrom(...people),
  at: fc.integer({ min: 0, max: 12 }),
  delay: fc.integer({ min: 0, max: 3 }),
  lasts: fc.integer({ min: 1, max: 8 }),
});
type Fact = typeof factArbitrary extends fc.Arbitrary<infer One> ? One : never;
const historyArbitrary = fc.array(factArbitrary, { maxLength: 14 });

function bodyOf({ kind, service, person, at, delay, lasts }: Fact): EventBody {
  const about = { service, person, statement: genesisDigest };
  const signedAt = at as WallMs;
  if (kind === "withdraw") return { type: "consent.withdrawn", ...about, signedAt, how: "card" };
  if (kind === "refuse") return { type: "consent.refused", ...about, code: "REVOKED" };
  const from = (at + delay) as WallMs;
  const until = (from + lasts) as WallMs;
  return { type: "consent.given", ...about, signedAt, from, until, by: "self" };
}

/** An event with its place; a forged consent is one that a box recorded, and not the gateway's desk. */
function placedOf(fact: Fact, index: number): PlacedEvent {
  const device = fact.kind === "forged" ? ("bus-7" as DeviceId) : deskDevice;
  const event = {
    v: 1,
    device,
    sequence: index,
    previous: genesisDigest,
    clock: "synced",
  } as const;
  return { index, refusal: null, event: { ...event, at: fact.at as WallMs, body: bodyOf(fact) } };
}

function folded(facts: readonly Fact[]): ConsentBook {
  const book = new ConsentBook();
  for (const [index, fact] of facts.entries()) book.apply(placedOf(fact, index + 1));
  return book;
}

/** The rule as a lawyer would read it, written apart from the fold. */
function stands(facts: readonly Fact[], { service, person }: ConsentKey, at: number): boolean {
  const mine = facts.filter((fact) => fact.service === service && fact.person === person);
  const ends = mine.filter(({ kind }) => kind === "withdraw");
  return mine
    .filter(({ kind }) => kind === "give")
    .some((given) => {
      const begins = given.at + given.delay;
      const isEnded = ends.some((end) => end.at >= given.at);
      return !isEnded && begins <= at && at < begins + given.lasts;
    });
}

const keys = services.flatMap((service) => people.map((person) => ({ service, person })));

test("no history, in whatever order it arrives and however often, lets anybody be matched without a consent", () => {
  fc.assert(
    fc.property(
      historyArbitrary.chain((facts) =>
        fc.tuple(
          fc.constant(facts),
          fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2 }),
        ),
      ),
      ([facts, arrived]) => {
        const [book, again] = [folded(facts), folded(arrived)];
        for (const key of keys) {
          for (let at = 0; at <= 24; at++) {
            const now = at as WallMs;
            expect(book.standing(key, now) !== undefined).toBe(stands(facts, key, at));
            expect(again.standing(key, now)?.until).toBe(book.standing(key, now)?.until);
            expect(again.of(key, now)?.state).toBe(book.of(key, now)?.state);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("while a part of the history has not arrived, a withdrawal that has is enough", () => {
  fc.assert(
    fc.property(historyArbitrary, fc.integer({ min: 0, max: 14 }), (facts, known) => {
      const book = folded(facts.slice(0, known));
      for (const key of keys) {
        for (const end of facts.slice(0, known)) {
          if (end.kind !== "withdraw" || end.service !== key.service) continue;
          if (end.person !== key.person) continue;
          const standing = book.standing(key, (end.at + 1) as WallMs);
          expect(standing === undefined || standing.signedAt > end.at).toBe(true);
        }
      }
    }),
  );
});
