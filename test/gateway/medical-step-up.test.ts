import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EventRef } from "#contract/bodies/event-ref.ts";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { EventBody, Evidence } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { WallMs } from "#contract/ids.ts";
import { encodeStatement } from "#contract/step-up-statement.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { systemClock } from "#runtime/clock.ts";
import { hierarchyAt as at, makeCrl } from "#test/support/card-hierarchy.ts";
import { cardNamesIn, identityOf, provedBy } from "#test/support/card-proof.ts";
import { signStatement, stepUpAuthority, stepUpCard } from "#test/support/card-step-up.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { face, person } from "./service-events.ts";
import { TestDevice } from "./test-device.ts";

const service = "medical.reception" as const;
const clinic = "clinic-1" as PlaceId;
const ann = person("A");

/** A gateway that trusts the test's cards, and a clinic's box: over a real broker. */
async function clinicBox() {
  const folder = temporaryFolder();
  const { trust } = gatewayFiles(folder.path);
  for (const [kind, name, bytes] of [
    ["anchors", "2023.cer", stepUpAuthority.der] as const,
    ["crls", "oita.crl", makeCrl(stepUpAuthority)] as const,
  ]) {
    mkdirSync(join(trust, kind), { recursive: true });
    writeFileSync(join(trust, kind, name), bytes);
  }
  const clock = { ...systemClock, wall: () => at };
  const running = await startGateway(folder.path, "Asia/Tokyo", 0, clock);
  const box = new TestDevice("clinic-box", 7);
  running.gateway.registerDevice(box.id, box.key.publicKey);
  await box.connect(running.mqttUrl);
  await box.sayHealth(0);
  const { nonces } = await box.lease(running.gateway.publicKey);
  const assigned = { type: "place.box-assigned", service, box: box.id, place: clinic } as const;
  await running.gateway.desk.record({ ...assigned, from: 0 as WallMs });
  const report = async (body: EventBody, openings: readonly Opening[] = []): Promise<EventRef> => {
    await box.publish(await box.next(body, { at }, openings));
    for (;;) {
      const answer = await box.answer(running.gateway.publicKey);
      if (answer.kind === "refusal") throw new Error(answer.refusal.code);
      if (answer.receipt.sequence === box.sequence)
        return { device: box.id, sequence: box.sequence };
    }
  };
  /** The box asks for the card, and somebody puts one down: a good one unless the nonce is not. */
  const receive = async (beside: readonly Evidence[], nonce = nonces.pop() ?? "") => {
    const asks = { type: "decision.made", service, outcome: "ask-card" } as const;
    const { sequence } = await report({ ...asks, reason: "policy-needs-card", evidence: [] });
    const statement = encodeStatement({
      ...{ type: "tebura-step-up", v: 1, device: box.id, event: sequence, service, person: ann },
      ...{ nonce, at },
    });
    const stepUp = signStatement(statement, stepUpCard);
    const name = cardNamesIn(folder.path)(service, identityOf());
    const card = provedBy(stepUp, name);
    const body = {
      type: "decision.made",
      service,
      outcome: "admit",
      reason: "card-proved",
    } as const;
    const evidence = [...beside, card.evidence];
    return await report({ ...body, person: ann, answers: sequence, evidence }, card.openings);
  };
  const view = async (name: string) => {
    const response = await running.ask(`/api/views/${name}`);
    return ((await response.json()) as { view: unknown }).view;
  };
  return {
    ...{ gateway: running.gateway, receive, view },
    async [Symbol.asyncDispose]() {
      await box[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test("a card's real signature and a face in one event give a number and carry a consent", async () => {
  await using place = await clinicBox();
  const signed = await place.receive([face]);
  const said = {
    person: ann,
    clinic,
    categories: ["insurance" as const],
    until: (at + 1) as WallMs,
  };
  await place.gateway.desk.record({ type: "medical.consent-given", ...said, signed });
  expect(await place.view("medical.reception")).toMatchObject({
    days: [{ clinics: [{ clinic, visits: [{ number: 1, person: ann }] }] }],
    incomplete: [],
  });
  expect(await place.view("medical.consent")).toMatchObject({ consents: [{ flaw: null, signed }] });
});

test("the card alone is no reception, and a signature that the gateway refused carries nothing", async () => {
  await using place = await clinicBox();
  await place.receive([]);
  const forged = await place.receive([face], "A".repeat(22));
  const said = {
    person: ann,
    clinic,
    categories: ["insurance" as const],
    until: (at + 1) as WallMs,
  };
  await place.gateway.desk.record({ type: "medical.consent-given", ...said, signed: forged });
  expect(await place.view("medical.reception")).toMatchObject({
    days: [],
    incomplete: [{ clinic, has: ["card"] }],
  });
  expect(await place.view("medical.consent")).toMatchObject({
    consents: [{ flaw: "DECISION_MISSING" }],
  });
});
