import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import { systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { TestDevice } from "#test/gateway/test-device.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { firstAdministrator } from "#test/support/console-visit.ts";
import type { StaffClient } from "#test/support/staff-client.ts";
import { OpenPages } from "./console/open-pages.ts";
import { scrollList } from "./console/scroll.ts";
import { weigh } from "./console/weight.ts";

const openPages = 20;
const perSecond = 200;
const seconds = 20;
const evacuees = 10_000;
const boxes = 10;

/** From commit to row with twenty pages open, what a first visit weighs, and how a long list scrolls. */
export async function run({ json }: { json: boolean }): Promise<void> {
  const browser = await launchChromium({ camera: "absent" });
  if (!browser) throw new Error("this benchmark needs /usr/bin/chromium");
  using folder = temporaryFolder();
  await using running = await startGateway(folder.path);
  try {
    const administrator = await firstAdministrator(running);
    const devices = await connectBoxes(running);
    const weight = await weigh(browser, administrator);
    const live = await measureLive(browser, administrator, running, devices);
    for (const device of devices) await device[Symbol.asyncDispose]();
    await fillShelter(running, administrator);
    const scroll = await scrollList(browser, administrator, evacuees);
    const result = { openPages, perSecond, ...live, weight, evacuees, scroll };
    const text = json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2);
    process.stdout.write(`${text}\n`);
  } finally {
    await browser.close();
  }
}

type Running = Awaited<ReturnType<typeof startGateway>>;

async function connectBoxes({ gateway, mqttUrl }: Running): Promise<readonly TestDevice[]> {
  const devices: TestDevice[] = [];
  for (let at = 1; at <= boxes; at++) {
    const device = new TestDevice(`bus-${at}`, at);
    gateway.registerDevice(device.id, device.key.publicKey);
    await device.connect(mqttUrl);
    devices.push(device);
  }
  return devices;
}

async function measureLive(
  browser: NonNullable<Awaited<ReturnType<typeof launchChromium>>>,
  administrator: StaffClient,
  { gateway }: Running,
  devices: readonly TestDevice[],
) {
  await using pages = await OpenPages.open(browser, administrator, openPages);
  const before = gateway.ledger.count;
  const never = new AbortController().signal;
  const from = systemClock.monotonic();
  for (let sent = 0; sent < perSecond * seconds; sent++) {
    const early = from + (sent * 1_000) / perSecond - systemClock.monotonic();
    if (early > 1) await systemClock.sleep(early, never);
    const device = devices[sent % devices.length]!;
    await device.publish(await device.next(boarding, { at: systemClock.wall() as WallMs }));
  }
  await gateway.ingest.settled();
  const took = (systemClock.monotonic() - from) / 1_000;
  await systemClock.sleep(1_000, never);
  const committed = new Map<number, number>();
  for (let after = before; ; ) {
    const page = gateway.ledger.after(after, 1_000);
    if (page.length === 0) break;
    for (const { index, receivedAt } of page) committed.set(index, receivedAt);
    after = page.at(-1)?.index ?? after;
  }
  const waits = await pages.waitsMs(committed);
  const at = (share: number) => Math.round(waits[Math.floor((waits.length - 1) * share)] ?? 0);
  return {
    events: committed.size,
    sentPerSecond: Math.round(committed.size / took),
    rowsSeen: waits.length,
    commitToRowMs: { median: at(0.5), p99: at(0.99) },
  };
}

/** Ten thousand people whom a clerk entered, straight through the gateway's own desk. */
async function fillShelter({ gateway }: Running, client: StaffClient): Promise<void> {
  await client.post("/api/shelter/sites", {
    ...{ shelter: "arena", label: "Arena", capacity: 12_000, open: true },
  });
  const drawn = (at: number) => `person-${`${at}`.padStart(15, "0")}` as Pseudonym;
  for (let from = 0; from < evacuees; from += 500) {
    const bodies = Array.from({ length: 500 }, (_, at): EventBody => {
      const person = drawn(from + at);
      return { type: "shelter.checked-in", person, shelter: "arena", means: "hand" };
    });
    await Promise.all(bodies.map((body) => gateway.desk.record(body)));
  }
}

const boarding: EventBody = {
  ...{ type: "decision.made", service: "bus.boarding", outcome: "admit", reason: "face-matched" },
  person: "p".repeat(22) as Pseudonym,
  evidence: [
    { kind: "face", model: "dlib-resnet", frames: 5, falseMatchRate: 1e-5, liveness: "passed" },
  ],
};
