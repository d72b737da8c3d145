import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { TrialEnds } from "#gateway/views/trial-ends.ts";
import { systemClock } from "#runtime/clock.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { codeOf } from "#test/support/code-of.ts";
import { madePeople } from "#test/support/made-images.ts";
import { ShiftedClock } from "#test/support/shifted-clock.ts";

const [aoi] = madePeople;
const patience = { timeout: 60_000 };
const hourMs = 3_600_000;
const clock = new ShiftedClock();
let city: CityUnderTest;
let box: BoxUnderTest;

beforeAll(async () => {
  city = new CityUnderTest();
  await city.connect();
  box = await city.box("bus-1", "bus.boarding");
  await box.enrol("Aoi", aoi);
});
afterEach(async (context) => await city.mend(context));
afterAll(async () => await city[Symbol.asyncDispose]());

test("an end that the gateway decided reaches a running box, which forgets everybody and says so", async () => {
  expect(await box.showFace(aoi)).toMatchObject({ outcome: "admit" });
  const before = box.appliance.gallery.state();
  await city.cut();
  const endsAt = new Date(systemClock.wall() - 60_000).toISOString();
  const validFrom = "2020-01-01T00:00:00Z";
  await city.connect([{ service: "bus.boarding", validFrom, endsAt }]);
  const shown = async () => (await city.view<TrialEnds>("trials")).ends[0]?.boxes.length;
  await expect.poll(shown, patience).toBe(1);
  const { ends } = await city.view<TrialEnds>("trials");
  expect(ends).toMatchObject([
    { endsAt: Date.parse(endsAt), boxes: [{ device: "bus-1", before: before.digest, people: 1 }] },
  ]);
  expect(ends[0]?.missing).toEqual([]);
  expect(box.appliance.gallery.templateCount).toBe(0);
  expect(box.appliance.index.people).toBe(0);
});

test("from then on nobody is admitted or enrolled, without a network and over a restart as well", async () => {
  await city.cut();
  expect(await box.showFace(aoi)).toEqual({ outcome: "refuse", reason: "service-over" });
  await box[Symbol.asyncDispose]();
  box = await city.box("bus-1", "bus.boarding");
  await expect.poll(() => box.appliance.services.isOver, patience).toBe(true);
  expect(await box.showFace(aoi)).toEqual({ outcome: "refuse", reason: "service-over" });
  const templates = [new Float32Array(box.appliance.vision.dimensions).fill(0)];
  const enrol = () => box.appliance.gallery.enrol({ name: "Ben", templates, replace: false });
  expect(codeOf(enrol)).toBe("SERVICE_OVER");
});

test("an end in the signed policy ends a trial on the box as well, and not before its date", async () => {
  await city.connect();
  const shop = await city.box("till-1", "payment", { clock });
  await shop.enrol("Aoi", aoi);
  const endsAt = new Date(systemClock.wall() + 2 * hourMs).toISOString();
  const terms = [{ service: "payment", validFrom: "2020-01-01T00:00:00Z", endsAt }];
  await shop.holdsPolicy(await city.sign({ rules: { serviceTerms: terms } }));
  expect(shop.appliance.services.isOver).toBe(false);
  expect(shop.appliance.gallery.templateCount).toBeGreaterThan(0);
  await city.cut();
  clock.shiftMs = 3 * hourMs;
  expect(shop.appliance.services.isOver).toBe(true);
  expect(await shop.showFace(aoi)).toEqual({ outcome: "refuse", reason: "service-over" });
  await expect.poll(() => shop.appliance.gallery.templateCount, patience).toBe(0);
});

test("names that a shelter's box took down go to the gateway, and then from the box, before it says so", async () => {
  await city.connect();
  const shelter = { id: "momonoki", label: "Momonoki", capacity: 300, door: "entrance" } as const;
  const gym = await city.box("shelter-1", "shelter.check-in", { duties: { shelter } });
  const enter = async (kana: string, status: number) =>
    await gym.askJson(
      "POST",
      "/shelter/people",
      { details: { kana }, families: [], needs: [] },
      status,
    );
  await enter("アオイ ハナ", 201);
  const waiting = async () => (await gym.askJson("GET", "/shelter")).namesWaiting;
  await expect.poll(waiting, patience).toBe(0);
  await city.cut();
  await enter("アオイ ソラ", 201);
  const endsAt = new Date(systemClock.wall() - 60_000).toISOString();
  await city.connect([{ service: "shelter.check-in", validFrom: "2020-01-01T00:00:00Z", endsAt }]);
  const ended = async () =>
    (await city.view<TrialEnds>("trials")).ends.flatMap(({ boxes }) =>
      boxes.map((one) => one.device),
    );
  await expect.poll(ended, patience).toContain("shelter-1");
  const { people, namesWaiting } = await gym.askJson("GET", "/shelter");
  expect(namesWaiting).toBe(0);
  expect(people.map(({ details }: { details: unknown }) => details)).toEqual([null, null]);
  expect((await enter("アオイ ウミ", 403)).code).toBe("SERVICE_OVER");
  const held = gym.appliance.services.health.lists?.map(({ name }) => name);
  expect(held).toEqual(["handover-key", "service-terms"]);
});
