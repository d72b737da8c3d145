import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { PlaceId } from "#contract/bodies/places.ts";
import type { EventBody } from "#contract/events.ts";
import { parseEvent } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { PhoneSignature } from "#contract/phone-evidence.ts";
import type { Service } from "#contract/services.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { systemClock } from "#runtime/clock.ts";
import { report } from "#test/support/card-city.ts";
import { filesWith } from "#test/support/card-traces.ts";
import { codeOf } from "#test/support/code-of.ts";
import { shownOf } from "#test/support/soft-phone.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { taro } from "./persons-under-test.ts";
import { TestDevice } from "./test-device.ts";

/** The name of a passkey, which is the same wherever it signs. */
const credential = randomBytes(32);
const services = ["payment", "bus.boarding"] as const satisfies readonly Service[];
const signed = (): PhoneSignature => ({
  ...{ kind: "phone", scheme: "made", signature: randomBytes(64).toString("base64url") },
  statement: Buffer.concat([credential, randomBytes(9)]).toString("base64url"),
});

/** A gateway that believes any phone, a till and a bus, and somebody whom the registry knows. */
async function city() {
  const folder = temporaryFolder();
  const phone = { flawOf: () => undefined };
  const running = await startGateway(
    ...[folder.path, "Asia/Tokyo", 0, systemClock, false, undefined, {}, 0, { phone }],
  );
  const { gateway, ask } = running;
  const boxes: TestDevice[] = [];
  for (const [at, service] of services.entries()) {
    const box = new TestDevice(`box-${service.slice(0, 3)}`, 7 + at);
    gateway.registerDevice(box.id, box.key.publicKey);
    await box.connect(running.mqttUrl);
    boxes.push(box);
  }
  const post = async (path: string, body: object) =>
    await (await ask(path, { method: "POST", body: JSON.stringify(body) })).json();
  await post("/api/registry/persons", { records: [taro] });
  const id = gateway.persons.idOf(taro.reference)!;
  const person = (service: Service): Pseudonym => gateway.persons.pseudonymOf(service, id);
  /** Comes to a box with their phone. */
  const admit = async (nth: 0 | 1) => {
    const service = services[nth];
    const { evidence, opening } = shownOf(signed());
    const body: EventBody = {
      ...{ type: "decision.made", service, outcome: "admit", reason: "phone-proved" },
      ...{ person: person(service), factors: ["phone"], evidence: [evidence] },
    };
    return await report({ box: boxes[nth]!, gateway }, body, [opening]);
  };
  /** The till says that a payment rests on its decision of this sequence. */
  const pay = async (sequence: number) => {
    const box = boxes[0]!;
    return await report(
      { box, gateway },
      {
        ...{
          type: "payment.authorised",
          merchant: "bakery" as PlaceId,
          reference: `r-${sequence}`,
        },
        ...{ amountYen: 100, currency: "JPY", person: person("payment"), tier: "t" },
        ...{ decision: { device: box.id, sequence }, asked: ["phone"], used: ["phone"] },
        expiresAt: 8e15 as WallMs,
      },
    );
  };
  return {
    ...{ gateway, post, admit, pay, ask, dataDir: folder.path },
    async [Symbol.asyncDispose]() {
      for (const box of boxes) await box[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Wherever the passkey's name may begin in something that is base64url as a whole. */
const traces = new Map([
  ["the credential", credential],
  ...[0, 1, 2].map((skip) => {
    const text = credential.subarray(skip).toString("base64url").slice(0, -4);
    return [`the credential in base64url, from ${skip}`, Buffer.from(text)] as const;
  }),
]);

test("what a phone signed joins no two services' events, opens while it is kept, and goes with the person", async () => {
  await using place = await city();
  const { gateway, post, ask } = place;
  const entries = [await place.admit(0), await place.admit(1)];
  expect(entries.map(({ refusal }) => refusal)).toEqual([null, null]);
  // The authorisation comes in a message of its own: the signature is found beside the ledger.
  expect((await place.pay(entries[0]!.sequence)).refusal).toBeNull();
  const bodies = entries.map((entry) => placed(entry).event.body);
  for (const body of bodies) {
    expect(body).toMatchObject({ evidence: [{ kind: "phone", commitment: expect.any(String) }] });
  }
  expect(filesWith(traces, place.dataDir)).toEqual([]);
  const proofs = async () => {
    const asked = await post("/api/own-data", { reference: taro.reference, form: "json" });
    const { events } = asked as { events: { proof?: PhoneSignature }[] };
    return events.flatMap(({ proof }) => proof?.kind ?? []);
  };
  expect(await proofs()).toEqual(["phone", "phone"]);
  const { proof } = (await (
    await ask(`/api/ledger/proof?index=${entries[1]!.index}&evidence=true`)
  ).json()) as { proof: { evidence: object[] } };
  expect(proof.evidence).toEqual([gateway.vault.openingOf(entries[1]!.index)]);

  const sequence = (await place.admit(0)).sequence;
  await post("/api/registry/persons/forget", { reference: taro.reference });
  for (const { index } of entries) expect(gateway.vault.openingOf(index)).toBeUndefined();
  expect(await gateway.verifyLedger()).toMatchObject({ intact: true });
  const late = parseEvent(Buffer.from(entries[0]!.sealed.split(".")[1]!, "base64url"));
  expect(codeOf(() => parseEvent(withSignature(late)))).toBe("EVENT_VERSION_UNKNOWN");
  // Nothing can be paid any more on what they signed before.
  expect((await place.pay(sequence)).refusal).toBe("PHONE_MISSING");
}, 60_000);

/** The same event as one was written before events committed to what a phone signed. */
function withSignature(event: ReturnType<typeof parseEvent>): Uint8Array {
  return Buffer.from(JSON.stringify({ ...event, body: { ...event.body, evidence: [signed()] } }));
}
