import fc from "fast-check";
import { expect, test } from "vitest";
import { openSheet } from "#contract/box-lists.ts";
import { type Event, eventSchema } from "#contract/events.ts";
import type { DeviceId, Pseudonym, WallMs } from "#contract/ids.ts";
import {
  applyShelter,
  emptyShelters,
  type ShelterState,
  shownShelters,
} from "#contract/shelter/fold.ts";
import { applyTold, type Told } from "#contract/shelter/told.ts";
import { shelterList } from "#gateway/lists/shelter-list.ts";
import { keyOfSeed } from "./test-device.ts";

const gateway = keyOfSeed(2);
const own = "box-1" as DeviceId;
const now = 1_000_000 as WallMs;
const people = ["a", "b", "c"].map((letter) => letter.repeat(22) as Pseudonym);
const households = ["h", "i"].map((letter) => letter.repeat(22) as Pseudonym);
const shelters = ["momonoki", "sakura"] as const;
const standing = { "box-1": "momonoki", "box-2": "momonoki", "box-3": "sakura" } as const;

const person = fc.constantFrom(...people);
const shelter = fc.constantFrom(...shelters);
/** What boxes and the desk say of people; a box speaks of its own shelter, the desk of any. */
const saidByBox = fc.record({
  device: fc.constantFrom("box-1", "box-2", "box-3"),
  body: fc.oneof(
    person.map((one) => ({
      ...{ type: "decision.made", service: "shelter.check-in", outcome: "admit" },
      ...{ reason: "face-matched", person: one, evidence: [] },
    })),
    fc.record({ type: fc.constant("shelter.checked-out"), person, reason: fc.constant("home") }),
    fc.record({ type: fc.constant("shelter.transferred"), person, to: shelter }),
  ),
});
const saidAtDesk = fc.record({
  device: fc.constant("gateway-desk"),
  body: fc.oneof(
    fc.record({
      type: fc.constant("shelter.checked-in"),
      person,
      shelter,
      means: fc.constant("hand"),
    }),
    fc.record({ type: fc.constant("shelter.transferred"), person, from: shelter, to: shelter }),
    fc.record({
      ...{ type: fc.constant("shelter.person-described"), person },
      household: fc.option(fc.constantFrom(...households)),
    }),
    fc.record({
      ...{ type: fc.constant("shelter.person-described"), person },
      needs: fc.subarray(["care", "pet", "infant"]),
    }),
    fc.record({
      ...{ type: fc.constant("shelter.duplicate-decided"), same: fc.boolean() },
      persons: fc.shuffledSubarray(people, { minLength: 2, maxLength: 2 }),
    }),
  ),
});
type Said = { readonly device: string; readonly body: object };

function eventsOf(said: readonly Said[]): readonly Event[] {
  const sequences = new Map<string, number>();
  const made = ({ device, body }: Said, at: number): Event => {
    const sequence = (sequences.get(device) ?? 0) + 1;
    sequences.set(device, sequence);
    const fixed = { v: 1, device, sequence, previous: "A".repeat(43), clock: "synced" };
    return eventSchema.parse({ ...fixed, at, body });
  };
  const places = Object.entries(standing).map(([device, at]) => ({
    device: "gateway-desk",
    body: { type: "shelter.site-assigned", device, shelter: at, door: "entrance", from: 0 },
  }));
  const whole = said.map((one) => {
    const at = standing[one.device as keyof typeof standing];
    const type = (one.body as { type: string }).type;
    if (!at || type === "decision.made") return one;
    const place = type === "shelter.transferred" ? { from: at } : { shelter: at };
    return { ...one, body: { ...one.body, ...place } };
  });
  return [...places, ...whole].map((one, at) => made(one, 1_000 + at * 10));
}

async function toldTo(state: ShelterState, device: DeviceId): Promise<readonly Told[]> {
  const list = await shelterList(() => state, gateway.privateKey).current(device, 0, now);
  const sheets = await Promise.all(
    (list?.sheets ?? []).map((one) => openSheet(one, device, gateway.publicKey)),
  );
  return sheets.flatMap((one) => (one.name === "shelter-people" ? one.sheet.told : []));
}

/** Who is at the shelter, as its clerk reads it. */
const listOf = (state: ShelterState, of: string) =>
  shownShelters(state)
    .present.filter((one) => one.shelter === of)
    .map(({ person: who, entries, household, needs, expected, sure, since }) => ({
      ...{ who, entries, household, needs, expected, sure, since },
    }));

test("a box's own events and what the gateway tells it make the gateway's list of its shelter", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(saidByBox, saidAtDesk), { maxLength: 30 }),
      fc.boolean(),
      async (said, isTwice) => {
        const events = eventsOf(said as readonly Said[]);
        const all = emptyShelters();
        for (const event of events) applyShelter(all, event);
        const box = emptyShelters();
        const told = await toldTo(all, own);
        expect(told.every((row) => row.is === "site" || row.device !== own)).toBe(true);
        // In whatever order, and twice: each fact keeps its place.
        applyTold(box, told);
        for (const event of events.filter(({ device }) => device === own)) applyShelter(box, event);
        if (isTwice) applyTold(box, told.toReversed());
        const assigned = events.find(({ body }) => body.type === "shelter.site-assigned");
        if (assigned) applyShelter(box, assigned);
        expect(listOf(box, "momonoki")).toEqual(listOf(all, "momonoki"));
      },
    ),
    { numRuns: 150 },
  );
});

test("a box that stands at no shelter is told nothing, and names of shelters are told to the others", async () => {
  const state = emptyShelters();
  const site = {
    type: "shelter.site-set",
    shelter: "ume",
    label: "梅小学校",
    capacity: 3,
    open: true,
  };
  const stands = {
    type: "shelter.site-assigned",
    device: own,
    shelter: "ume",
    door: "exit",
    from: 0,
  };
  for (const event of eventsOf([site, stands].map((body) => ({ device: "gateway-desk", body })))) {
    applyShelter(state, event);
  }
  expect(await toldTo(state, "box-9" as DeviceId)).toEqual([]);
  expect(await toldTo(state, own)).toContainEqual({
    is: "site",
    shelter: "ume",
    label: "梅小学校",
  });
});
