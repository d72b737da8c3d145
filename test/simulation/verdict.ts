import type { DeviceId } from "#contract/ids.ts";
import { openTreeHead } from "#contract/tree-head.ts";
import { Ledger, type LedgerEntry } from "#gateway/ledger/ledger.ts";
import { proveConsistency } from "#gateway/ledger/merkle/proof.ts";
import { verifyLedger } from "#gateway/ledger/verify.ts";
import type { BusBoarding } from "#gateway/views/bus-boarding.ts";
import { dayIn } from "#gateway/views/view.ts";
import { Views } from "#gateway/views/views.ts";
import { keyOfSeed } from "#test/gateway/test-device.ts";
import { cardsAgainst } from "./card-verdict.ts";
import { foldInto } from "./machine-room.ts";
import type { Parts } from "./parts.ts";

/** Whatever of ledger, outboxes, receipts, heads and views does not agree with what the seed says. */
export async function verdictOf(parts: Parts): Promise<readonly string[]> {
  const { room } = parts;
  if (!room.life) return ["the gateway is not on"];
  await room.audit();
  using ledger = new Ledger(room.ledgerPath, { readonly: true });
  const entries = ledger.after(0, 1_000_000);
  return [
    ...boxesAgainst(entries, parts),
    ...receiptsAgainst(entries, parts),
    ...viewsAgainst(ledger, parts),
    ...cardsAgainst(entries, parts),
    ...evidenceAgainst(entries, parts),
    ...(await treeFlaws(ledger, parts)),
    ...numbersUsedTwice(parts),
  ];
}

function boxesAgainst(entries: readonly LedgerEntry[], { boxes }: Parts): readonly string[] {
  const problems: string[] = [];
  for (const { id, made, outbox, uplink } of boxes) {
    const held = entries.filter(({ device }) => device === id);
    if (held.length !== made.length) {
      problems.push(`${id} made ${made.length} events, the ledger holds ${held.length}`);
    }
    const differs = made.findIndex(({ digest }, i) => held[i]?.event !== digest);
    if (differs >= 0) problems.push(`${id}: event ${differs + 1} is not the one in the ledger`);
    if (outbox?.depth !== 0) {
      problems.push(`${id} still waits for ${outbox?.depth} receipts (${uplink?.lastRefusal})`);
    }
    if (outbox?.lastSequence !== made.length) {
      problems.push(`${id} made ${made.length} events and is at number ${outbox?.lastSequence}`);
    }
  }
  return problems;
}

/** Every receipt that ever went out must be true of the ledger at the end. */
function receiptsAgainst(entries: readonly LedgerEntry[], { room }: Parts): readonly string[] {
  const held = new Map(entries.map((entry) => [`${entry.device} ${entry.sequence}`, entry]));
  return room.receipts
    .filter(({ device, sequence, event, index, entry }, i) => {
      const found = held.get(`${device} ${sequence}`);
      if (sequence === 0) return false;
      if (i < room.receiptsBeforeLoss) return found?.event !== event;
      return found?.event !== event || found.index !== index || found.entry !== entry;
    })
    .map(({ device, sequence }) => `the receipt for ${device} ${sequence} was not true`)
    .slice(0, 3);
}

const viewNames = ["bus.boarding", "shelter.check-in", "school.attendance", "medical.reception"];

/** The gateway's views, the same folded anew, and what the seed says they must show. */
function viewsAgainst(ledger: Ledger, { room, boxes }: Parts): readonly string[] {
  const anew = new Views("Asia/Tokyo");
  foldInto(anew, ledger);
  const shown = room.life?.views.show("bus.boarding") as BusBoarding;
  const differing = viewNames.filter(
    (name) => JSON.stringify(room.life?.views.show(name)) !== JSON.stringify(anew.show(name)),
  );
  const dayOf = dayIn("Asia/Tokyo");
  const expected = new Map<string, number>();
  for (const { id, made } of boxes) {
    for (const { event } of made) {
      const { body } = event;
      if (body.type !== "decision.made" || body.reason === "card-proved") continue;
      if (body.service !== "bus.boarding") continue;
      const name = `${dayOf(event.at)} ${id} ${body.outcome}`;
      expected.set(name, (expected.get(name) ?? 0) + 1);
    }
  }
  const found = shown.days.flatMap(({ day, devices }) =>
    devices.flatMap(({ device, boarded, repeated, refused, askedForCard }) => [
      [`${day} ${device} admit`, boarded + repeated] as const,
      [`${day} ${device} refuse`, refused] as const,
      [`${day} ${device} ask-card`, askedForCard] as const,
    ]),
  );
  const counted = found.filter(([, count]) => count > 0);
  const differs = counted.find(([name, count]) => expected.get(name) !== count);
  return [
    ...differing.map((name) => `the view ${name} is not what its ledger folds to`),
    ...(differs ? [`the view says ${differs[1]} for ${differs[0]}`] : []),
    ...(counted.length === expected.size ? [] : ["the view lacks a box or a day"]),
  ];
}

/** What an event of somebody with a card commits to stands beside it, as the box sent it. */
function evidenceAgainst(
  entries: readonly LedgerEntry[],
  { room, boxes }: Parts,
): readonly string[] {
  const vault = room.life?.vault;
  const indexOf = new Map(entries.map((one) => [`${one.device} ${one.sequence}`, one.index]));
  return boxes
    .flatMap(({ id, made }) =>
      made.map(({ sequence, openings: [sent] }) => {
        const name = `${id} ${sequence}`;
        const kept = vault?.openingOf(indexOf.get(name) ?? 0);
        return JSON.stringify(kept) === JSON.stringify(sent) ? [] : [`${name} lost its evidence`];
      }),
    )
    .flat()
    .slice(0, 3);
}

async function treeFlaws(ledger: Ledger, { room, boxes }: Parts): Promise<readonly string[]> {
  const { publicKey } = keyOfSeed(2);
  const keyOf = (device: DeviceId) => boxes.find(({ id }) => id === device)?.key.publicKey;
  const verdict = await verifyLedger(ledger, keyOf, publicKey);
  const problems = verdict.intact ? [] : [`the ledger does not verify: ${verdict.message}`];
  for (const head of new Set(room.kept)) {
    const { size } = await openTreeHead(head, publicKey);
    const holds = await proveConsistency(ledger, head, publicKey).catch(() => undefined);
    if (!holds) problems.push(`the head over ${size} entries is not the ledger's beginning`);
  }
  return problems;
}

function numbersUsedTwice({ published }: Parts): readonly string[] {
  return [...published]
    .filter(([, digests]) => digests.size > 1)
    .map(([name]) => `two events went out as ${name}`)
    .slice(0, 3);
}
