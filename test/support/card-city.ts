import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EventBody } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { Pseudonym } from "#contract/ids.ts";
import type { Issued } from "#contract/pki/certificate-writer.ts";
import type { Service } from "#contract/services.ts";
import type { StepUp } from "#contract/step-up-evidence.ts";
import { encodeStatement, type StepUpStatement } from "#contract/step-up-statement.ts";
import { gatewayFiles } from "#gateway/config.ts";
import { systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { hierarchyAt as at, makeCrl } from "./card-hierarchy.ts";
import { cardNamesIn, identityOf, provedBy } from "./card-proof.ts";
import { signStatement, stepUpAuthority, stepUpCard } from "./card-step-up.ts";

/** Two people, as the shelter knows them. */
export const aoi = "AAAAAAAAAAAAAAAAAAAAAA" as Pseudonym;
export const ren = "BBBBBBBBBBBBBBBBBBBBBA" as Pseudonym;

/** Where somebody with a card comes to: a box with nonces, and the gateway that it reports to. */
export interface CardPlace {
  readonly gateway: Awaited<ReturnType<typeof startGateway>>["gateway"];
  readonly box: TestDevice;
  readonly service: Service;
  readonly dataDir: string;
  nonce(): string;
}

/** A gateway that trusts the test authority, on real files and a real broker. */
export async function cardCity(crl = makeCrl(stepUpAuthority), start = at) {
  const folder = temporaryFolder();
  const dataDir = join(folder.path, "gateway");
  const files = gatewayFiles(dataDir);
  const put = (kind: string, name: string, bytes: Uint8Array) => {
    mkdirSync(join(files.trust, kind), { recursive: true });
    writeFileSync(join(files.trust, kind, name), bytes);
  };
  put("anchors", "2023.cer", stepUpAuthority.der);
  put("crls", "oita.crl", crl);
  const time = { now: start };
  const clock = { ...systemClock, wall: () => time.now };
  const running = await startGateway(dataDir, "Asia/Tokyo", 0, clock);
  const boxes: TestDevice[] = [];
  const { gateway, mqttUrl } = running;
  /** A box of a service, which the gateway has leased its nonces. */
  async function place(id: string, service: Service): Promise<CardPlace> {
    const box = new TestDevice(id, 7 + boxes.length);
    boxes.push(box);
    gateway.registerDevice(box.id, box.key.publicKey);
    await box.connect(mqttUrl);
    await box.sayHealth(0);
    const { nonces } = await box.lease(gateway.publicKey);
    let taken = 0;
    const nonce = () => nonces[taken++] ?? "";
    return { gateway, box, service, dataDir, nonce };
  }
  return {
    ...{ ...running, folder, dataDir, files, clock, time, place },
    stop: async () => await running[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      for (const box of boxes) await box[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Sends an event and returns its ledger entry, once its receipt is there. */
export async function report(
  { box, gateway }: Pick<CardPlace, "box" | "gateway">,
  body: EventBody,
  openings: readonly Opening[] = [],
) {
  await box.publish(await box.next(body, { at }, openings));
  for (;;) {
    const answer = await box.answer(gateway.publicKey);
    if (answer.kind === "refusal") throw new Error(answer.refusal.code);
    if (answer.receipt.sequence === box.sequence) break;
  }
  const index = gateway.ledger.indexOf(box.id, box.sequence) ?? 0;
  return gateway.ledger.after(index - 1, 1)[0]!;
}

export function askIn(service: Service): Extract<EventBody, { type: "decision.made" }> {
  const asks = { type: "decision.made", service, outcome: "ask-card" } as const;
  return { ...asks, reason: "face-ambiguous", evidence: [] };
}

/** What a box that believes the card reports, and what it commits to. */
export function admitted(
  { service, dataDir }: Pick<CardPlace, "service" | "dataDir">,
  stepUp: StepUp,
  answers: number,
  { person = aoi, card = stepUpCard }: { person?: Pseudonym; card?: Issued } = {},
): readonly [EventBody, readonly Opening[]] {
  const name = cardNamesIn(dataDir)(service, identityOf(card));
  const { evidence, openings } = provedBy(stepUp, name);
  const body: EventBody = {
    ...{ type: "decision.made", service, outcome: "admit", reason: "card-proved", person, answers },
    evidence: [evidence],
  };
  return [body, openings];
}

/** The statement that a healthy card would sign for an ask; the nonce is fresh unless given. */
export function statement(
  place: CardPlace,
  event: number,
  change: Partial<StepUpStatement> = {},
): Uint8Array {
  const { box, service } = place;
  const nonce = change.nonce ?? place.nonce();
  return encodeStatement({
    ...{ type: "tebura-step-up", v: 1, device: box.id, event, service, person: aoi, at },
    ...change,
    nonce,
  });
}

/** Asks, and answers with what `card` signs. */
export async function stepUp(
  place: CardPlace,
  { card = stepUpCard, person = aoi, ...change }: Partial<StepUpStatement> & { card?: Issued } = {},
) {
  const { sequence } = await report(place, askIn(place.service));
  const signed = signStatement(statement(place, sequence, { person, ...change }), card);
  const said = admitted(place, signed, sequence, { person, card });
  return { entry: await report(place, ...said), signed, sequence, openings: said[1] };
}
