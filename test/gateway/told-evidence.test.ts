import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import { placed } from "#gateway/ledger/placed.ts";
import { hierarchyAt } from "#test/support/card-hierarchy.ts";
import { stepUpBy, stepUpCard } from "#test/support/card-step-up.ts";
import { startGateway, temporaryFolder } from "./gateway-under-test.ts";
import { TestDevice } from "./test-device.ts";

const services = ["bus.boarding", "payment"] as const;
const nameIn = { "bus.boarding": "A".repeat(22), payment: "B".repeat(21) } as const;
let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;

beforeAll(async () => {
  folder = temporaryFolder();
  running = await startGateway(join(folder.path, "gateway"));
  for (const [at, service] of services.entries()) {
    await using box = new TestDevice(`box-${at}`, 7 + at);
    running.gateway.registerDevice(box.id, box.key.publicKey);
    await box.connect(running.mqttUrl);
    for (let visit = 0; visit < 3; visit++) {
      await box.publish(await box.next(admitted(service, visit), { at: hierarchyAt as WallMs }));
      expect((await box.answer(running.gateway.publicKey)).kind).toBe("receipt");
    }
  }
});
afterAll(async () => {
  await running?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

/** The same card in both services, each time over another nonce. */
function admitted(service: (typeof services)[number], visit: number): EventBody {
  const nonce = Buffer.alloc(16, visit + (service === "payment" ? 100 : 1)).toString("base64url");
  const person = nameIn[service].padEnd(22, "A") as Pseudonym;
  const stepUp = stepUpBy(stepUpCard, { nonce, service: service as Service, person });
  return {
    ...{ type: "decision.made", service, outcome: "admit", reason: "card-proved", person },
    ...{ answers: 1, evidence: [{ kind: "card", virtual: false, revocationAgeMs: 0, stepUp }] },
  };
}

/** Every value of sixteen characters and more in what is told of one service. */
function valuesOf(service: string, events: readonly { event: { body: object } }[]) {
  const values = (value: unknown): readonly string[] => {
    if (typeof value === "string") return value.length >= 16 ? [value] : [];
    if (typeof value !== "object" || value === null) return [];
    return Object.values(value).flatMap(values);
  };
  const mine = events.filter(
    ({ event: { body } }) => "service" in body && body.service === service,
  );
  expect(mine.length).toBe(3);
  return new Set(mine.flatMap(({ event }) => values(event.body)));
}

const common = (events: readonly { event: { body: object } }[]) => {
  const [first, second] = services.map((service) => valuesOf(service, events));
  return [...first!].filter((value) => second!.has(value));
};

interface Told {
  readonly events: readonly { readonly event: { readonly body: object } }[];
}

test("two services' complete lists of events have no value in common that tells the card", async () => {
  const { events } = (await (await running.ask("/api/events?limit=1000")).json()) as Told;
  expect(common(events)).toEqual([]);
  const text = JSON.stringify(events);
  expect(text).not.toContain(Buffer.from(stepUpCard.der).toString("base64url"));
  // Of one card in one service, each event has a commitment of its own.
  const commitments = [...text.matchAll(/"commitment":"([\w-]{43})"/g)].map(([, one]) => one);
  expect(new Set(commitments).size).toBe(6);
});

test("the command tells the same, and the file itself still joins them: it is for whoever has the machine", async () => {
  const tebura = fileURLToPath(new URL("../../setup/tebura.mjs", import.meta.url));
  const command = [tebura, "ledger", "list", "--limit", "100", "--data", folder.path, "--json"];
  const { stdout } = spawnSync(process.execPath, command, { encoding: "utf8" });
  const { entries } = JSON.parse(stdout) as { entries: Told["events"] };
  expect(common(entries)).toEqual([]);
  const whole = running.gateway.ledger.after(0, 1_000).map(placed);
  expect(common(whole)).toContain(Buffer.from(stepUpCard.der).toString("base64url"));
});

test("a proof holds the event to the letter, and that somebody saw the evidence is on record before", async () => {
  const index = running.gateway.ledger
    .after(0, 1_000)
    .find((entry) => placed(entry).event.body.type === "decision.made")!.index;
  const answer = await running.ask(`/api/ledger/proof?index=${index}`);
  const { proof } = (await answer.json()) as { proof: { event: string } };
  expect(Buffer.from(proof.event.split(".")[1]!, "base64url").toString()).toContain("certificate");
  const looks = running.gateway.ledger
    .after(0, 1_000)
    .map((entry) => placed(entry).event.body)
    .filter((body) => body.type === "registry.looked");
  expect(looks).toMatchObject([
    { who: expect.stringMatching(/^api-key:/), what: "evidence", why: "audit", by: "ledger-proof" },
  ]);
});
