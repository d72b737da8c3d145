import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { TicketId } from "#contract/bodies/tickets.ts";
import { OfflineDoor, openBoxOfficeList } from "#contract/box-office-list.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import { defaultTicketRules } from "#firmware-config/tickets.ts";
import { TicketDesk } from "#gateway/tickets/ticket-desk.ts";
import { ticketSales } from "#gateway/views/ticket-sales.ts";
import { ServiceDeskUnderTest } from "./service-desk-under-test.ts";
import { card, face, nine, person } from "./service-events.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const performance = "spring-concert" as PlaceId;
const [ann, ben, cho] = [person("a"), person("b"), person("c")];
const view = ticketSales();
const hourMs = 3_600_000;

async function boxOffice(changes: object = {}) {
  const made = new ServiceDeskUnderTest();
  const state = made.fold(view);
  let tickets = 0;
  const desk = new TicketDesk({
    ...{ rules: () => defaultTicketRules, privateKey, clock: made.clock, record: made.record },
    ...{ state: () => state, index: () => made.events.length },
    newTicket: () => Buffer.alloc(16, ++tickets).toString("base64url") as TicketId,
  });
  const startsAt = (nine + 10 * hourMs) as WallMs;
  const sold = { startsAt, capacity: 10, perPurchaseMax: 4, priceYen: 3_000, ...changes };
  await desk.set({ performance, ...sold });
  for (const door of ["door-1", "door-2"]) {
    const [box, from] = [door as DeviceId, nine as WallMs];
    const place = { service: "event.entry", box, place: performance, from } as const;
    await made.record({ type: "place.box-assigned", ...place });
  }
  const admit = (box: string, who: typeof ann, evidence: (typeof face)[], at?: number) =>
    made.box((boxes, now) => boxes.admit(box, "event.entry", who, evidence, at ?? now));
  const sign = (who: typeof ann) => admit("box-office", who, [card()]);
  const enter = (door: string, who: typeof ann, at = made.now + 1_000) => {
    made.now += 1_000;
    return admit(door, who, [face], at);
  };
  const buy = async (buyer = ann, count = 1, signed = sign(buyer)) =>
    await desk.buy({ performance, count, buyer, signed });
  return { made, desk, sign, enter, admit, buy, shown: () => view.show(state) };
}

const codeOf = (answer: { ok: boolean; code?: string }) => (answer.ok ? "ok" : answer.code);

async function ticketOf(buying: ReturnType<Awaited<ReturnType<typeof boxOffice>>["buy"]>) {
  const bought = await buying;
  if (!bought.ok) throw new Error(bought.code);
  return bought.tickets[0]!;
}

test("a ticket is bought with the card and lets its holder in by face, once", async () => {
  const { made, buy, enter, shown } = await boxOffice();
  using _ = made;
  expect(await buy()).toMatchObject({ ok: true, amountYen: 3_000 });
  enter("door-1", ann);
  expect(shown()).toMatchObject({ performances: [{ sold: 1, entered: 1 }], openConflicts: [] });
  const again = enter("door-1", ann);
  expect(shown()).toMatchObject({
    performances: [{ entered: 1 }],
    openConflicts: [{ entry: again, conflict: "second-entry", person: ann }],
  });
  const stranger = enter("door-1", ben);
  expect(shown().openConflicts[1]).toMatchObject({ entry: stranger, conflict: "no-ticket" });
});

test("a sale stands on a fresh card of its own buyer, away from the doors, and on each only one", async () => {
  const { made, buy, sign, admit, desk } = await boxOffice();
  using _ = made;
  const missing = { device: "box-office" as DeviceId, sequence: 99 };
  expect(codeOf(await buy(ann, 1, missing))).toBe("DECISION_MISSING");
  expect(codeOf(await buy(ann, 1, admit("box-office", ann, [face])))).toBe("DECISION_WITHOUT_CARD");
  expect(codeOf(await buy(ann, 1, sign(ben)))).toBe("DECISION_OTHER_PERSON");
  expect(codeOf(await buy(ann, 1, admit("door-1", ann, [card()])))).toBe("DECISION_OTHER_PLACE");
  const signed = sign(ann);
  expect(codeOf(await buy(ann, 1, signed))).toBe("ok");
  expect(codeOf(await buy(ann, 2, signed))).toBe("DECISION_SPENT");
  const old = sign(ann);
  made.now += 10 * 60_000 + 1;
  expect(codeOf(await buy(ann, 1, old))).toBe("DECISION_NOT_FRESH");
  const other = { performance: "other" as PlaceId, count: 1, buyer: ann, signed: sign(ann) };
  expect(codeOf(await desk.buy(other))).toBe("PERFORMANCE_UNKNOWN");
});

test("a purchase that is asked for again gives the same tickets, even side by side", async () => {
  const { made, buy, sign, shown } = await boxOffice();
  using _ = made;
  const signed = sign(ann);
  const answers = await Promise.all([1, 2, 3].map(() => buy(ann, 2, signed)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(shown().performances).toMatchObject([{ sold: 2 }]);
});

test("no more is sold than there is, nor to one purchase, whoever asks at once", async () => {
  const { made, buy, shown } = await boxOffice({ capacity: 5 });
  using _ = made;
  expect(codeOf(await buy(ann, 5))).toBe("TICKETS_TOO_MANY");
  const answers = await Promise.all([ann, ben, cho, ann].map((who) => buy(who, 2)));
  expect(answers.map(codeOf).sort()).toEqual(["TICKETS_SOLD_OUT", "TICKETS_SOLD_OUT", "ok", "ok"]);
  expect(codeOf(await buy(cho, 1))).toBe("ok");
  expect(shown()).toMatchObject({ performances: [{ sold: 5, capacity: 5 }], refused: [] });
});

test("a ticket changes hands only with a new signature of whoever holds it, and unused", async () => {
  const { made, buy, sign, enter, desk, shown } = await boxOffice();
  using _ = made;
  const signed = sign(ann);
  const ticket = await ticketOf(buy(ann, 1, signed));
  const give = async (from: typeof ann, to: typeof ann, by: EventRef) =>
    codeOf(await desk.transfer({ ticket, from, to, signed: by }));
  expect(await give(ann, ben, signed)).toBe("DECISION_SPENT");
  expect(await give(ann, ben, sign(ben))).toBe("DECISION_OTHER_PERSON");
  expect(await give(ben, cho, sign(ben))).toBe("TICKET_OTHER_HOLDER");
  const two = await Promise.all([give(ann, ben, sign(ann)), give(ann, cho, sign(ann))]);
  expect(two).toEqual(["ok", "TICKET_OTHER_HOLDER"]);
  enter("door-1", ben);
  expect(await give(ben, cho, sign(ben))).toBe("TICKET_USED");
  enter("door-1", ann);
  expect(shown().openConflicts).toMatchObject([{ person: ann, conflict: "no-ticket" }]);
});

test("the box office's list works without a network, and two doors' double entry shows as open", async () => {
  const { made, buy, enter, desk, shown } = await boxOffice();
  using _ = made;
  await buy();
  const answer = await desk.list(performance);
  if (!answer.ok) throw new Error(answer.code);
  const list = await openBoxOfficeList(answer.sealed, publicKey, made.now as WallMs);
  expect(list).toMatchObject({ performance, index: made.events.length });
  const doors = [new OfflineDoor(list), new OfflineDoor(list)];
  expect(doors.map((door) => door.enter(ann).kind)).toEqual(["admit", "admit"]);
  expect(doors[0]?.enter(ann)).toEqual({ kind: "refuse", why: "entered-already" });
  expect(doors[0]?.enter(ben)).toEqual({ kind: "refuse", why: "no-ticket" });
  // Both doors report when the network returns; the later one's batch comes first.
  const second = enter("door-2", ann, made.now + 2_000);
  const first = enter("door-1", ann, made.now + 1_000);
  expect(shown().openConflicts).toMatchObject([{ entry: second, first, conflict: "second-entry" }]);
  const settle = async () => codeOf(await desk.settle({ entry: second, how: "sent-out" }));
  expect(await settle()).toBe("ok");
  expect(await settle()).toBe("ENTRY_UNKNOWN");
  expect(shown()).toMatchObject({
    openConflicts: [],
    settledConflicts: [{ entry: second, how: "sent-out" }],
  });
  expect(codeOf(await desk.settle({ entry: first, how: "sent-out" }))).toBe("ENTRY_UNKNOWN");
});

test("a list of another key, a changed one and an old one are refused", async () => {
  const { made, buy, desk } = await boxOffice();
  using _ = made;
  await buy();
  const answer = await desk.list(performance);
  if (!answer.ok) throw new Error(answer.code);
  const { sealed, until } = answer;
  const invalid = expect.objectContaining({ code: "BOX_OFFICE_LIST_INVALID" });
  const other = generateKeyPairSync("ed25519").publicKey;
  await expect(openBoxOfficeList(sealed, other, nine as WallMs)).rejects.toEqual(invalid);
  const bent = sealed.replace(/\.(.)/, (_, first) => `.${first === "e" ? "f" : "e"}`);
  await expect(openBoxOfficeList(bent, publicKey, nine as WallMs)).rejects.toEqual(invalid);
  await expect(openBoxOfficeList(sealed, publicKey, until)).rejects.toEqual(invalid);
  const last = (until - 1) as WallMs;
  await expect(openBoxOfficeList(sealed, publicKey, last)).resolves.toMatchObject({ performance });
  const nowhere = await desk.list("other" as PlaceId);
  expect(codeOf(nowhere)).toBe("PERFORMANCE_UNKNOWN");
});

test("a clerk lets somebody in by hand on a ticket, and its holder still comes in on another", async () => {
  const { made, buy, enter, desk, shown } = await boxOffice();
  using _ = made;
  const ticket = await ticketOf(buy(ann, 2));
  const byHand = async () => codeOf(await desk.enter({ ticket, why: "no-face" }));
  expect(await byHand()).toBe("ok");
  expect(await byHand()).toBe("TICKET_USED");
  const answer = await desk.list(performance);
  if (!answer.ok) throw new Error(answer.code);
  const list = await openBoxOfficeList(answer.sealed, publicKey, made.now as WallMs);
  expect(new OfflineDoor(list).enter(ann).kind).toBe("admit");
  enter("door-1", ann);
  expect(shown()).toMatchObject({ performances: [{ entered: 2 }], openConflicts: [] });
  const unknown = Buffer.alloc(16, 99).toString("base64url") as TicketId;
  expect(codeOf(await desk.enter({ ticket: unknown, why: "no-face" }))).toBe("TICKET_UNKNOWN");
});

test("an entry that was offline before a transfer undoes the transfer, openly", async () => {
  const { made, buy, sign, enter, desk, shown } = await boxOffice();
  using _ = made;
  const ticket = await ticketOf(buy());
  made.now += 60_000;
  const answer = await desk.transfer({ ticket, from: ann, to: ben, signed: sign(ann) });
  expect(codeOf(answer)).toBe("ok");
  enter("door-2", ann, made.now - 30_000);
  expect(shown().refused).toMatchObject([{ flaw: "TICKET_USED" }]);
  enter("door-1", ben);
  expect(shown().openConflicts).toMatchObject([{ person: ben, conflict: "no-ticket" }]);
});
