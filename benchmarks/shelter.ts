import type { Page } from "playwright-core";
import { systemClock } from "#runtime/clock.ts";
import type { BoxUnderTest } from "#test/support/box-under-test.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { CityUnderTest } from "#test/support/city-under-test.ts";
import { madePeople } from "#test/support/made-images.ts";
import { fillByKeyboard, type Typed } from "./shelter/by-hand.ts";
import { summaryOf } from "./shelter/summary.ts";

const [cards, faces, hands] = [30, 20, 20];
const site = { id: "momonoki", label: "桃木小学校", capacity: 300, door: "entrance" } as const;
const [seed] = madePeople;

/** What a shelter promises at the door, all in all: the machine's part and the human's. */
const promisedMs = { card: 20_000, face: 8_000, hand: 20_000 } as const;
/**
 * The human's part, which nothing here can measure: somebody takes out a card, lays it down and types four
 * digits; somebody steps before the camera; a clerk types at the pace of an average typist of the
 * keystroke-level model (Card, Moran and Newell: 0.28 s a key, 1.35 s to think once).
 */
const assumed = { cardMs: 8_000, faceMs: 2_000, keyMs: 280, thinkMs: 1_350 } as const;

/**
 * From the card on the reader, the first picture of a face, and the first key of the form to the row on the
 * city's list at the gateway: the box's and the gateway's part of the way from the door to the list, over
 * the real broker, with signatures, disks, the face networks and Chromium.
 */
export async function run({ json }: { json: boolean }): Promise<void> {
  await using city = new CityUnderTest();
  await city.connect();
  const box = await city.box("shelter-1", "shelter.check-in", { duties: { shelter: site } });
  await box.hasNonces();
  const card = await repeated(cards, async () => await byCard(city, box));
  await box.enrol("Aoi", seed);
  const face = await repeated(faces, async () => await byFace(city, box));
  const hand = await withPage(box, async (page) => {
    const all: { readonly ms: number; readonly typed: Typed }[] = [];
    for (let i = 0; i < hands; i++) all.push(await byHand(city, box, page, i));
    return all;
  });
  const keys = hand?.[0]?.typed.keys ?? 0;
  const humanOfHandMs = keys * assumed.keyMs + assumed.thinkMs;
  const result = {
    card: summaryOf(card, assumed.cardMs, promisedMs.card),
    face: summaryOf(face, assumed.faceMs, promisedMs.face),
    hand: hand && {
      ...summaryOf(
        hand.map(({ ms }) => ms),
        humanOfHandMs,
        promisedMs.hand,
      ),
      keys,
    },
    assumed,
  };
  process.stdout.write(`${json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2)}\n`);
}

async function repeated(count: number, once: () => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await once());
  return times;
}

const listed = (city: CityUnderTest) => city.gateway.services.shelters.present.length;

/** Resolves at the moment when something is so at the gateway, to within two milliseconds. */
async function until(isSo: () => boolean): Promise<void> {
  const { signal } = new AbortController();
  for (let waitedMs = 0; !isSo(); waitedMs += 2) {
    if (waitedMs > 60_000) throw new Error("nobody came onto the list");
    await systemClock.sleep(2, signal);
  }
}

/** Everybody leaves, here and at the gateway, so that the next row is a new one. */
async function emptied(city: CityUnderTest, box: BoxUnderTest): Promise<void> {
  const { people } = (await box.askJson("GET", "/shelter")) as { people: { person: string }[] };
  for (const { person } of people) {
    await box.askJson("POST", "/shelter/leave", { person, reason: "home" });
  }
  await until(() => listed(city) === 0);
}

async function byCard(city: CityUnderTest, box: BoxUnderTest): Promise<number> {
  await emptied(city, box);
  const from = systemClock.monotonic();
  const answered = box.putCard();
  await until(() => listed(city) > 0);
  const ms = systemClock.monotonic() - from;
  await answered;
  return ms;
}

async function byFace(city: CityUnderTest, box: BoxUnderTest): Promise<number> {
  await emptied(city, box);
  let from: number | undefined;
  const seen = box.lookAt(seed, () => {
    from ??= systemClock.monotonic();
    return listed(city) > 0;
  });
  await until(() => listed(city) > 0);
  const ms = systemClock.monotonic() - (from ?? Number.NaN);
  await seen;
  return ms;
}

async function byHand(city: CityUnderTest, box: BoxUnderTest, page: Page, turn: number) {
  await emptied(city, box);
  const from = systemClock.monotonic();
  const typed = await fillByKeyboard(page, turn);
  await until(() => listed(city) > 0);
  return { ms: systemClock.monotonic() - from, typed };
}

/** The operator's page of the box in a real browser; undefined where there is none. */
async function withPage<T>(box: BoxUnderTest, work: (page: Page) => Promise<T>) {
  const browser = await launchChromium({ camera: "absent" });
  if (!browser) return undefined;
  try {
    const page = await (await browser.newContext({ locale: "ja-JP" })).newPage();
    await page.goto(`${box.url}/operator`);
    await page.fill("#key", box.key);
    await page.keyboard.press("Enter");
    await page.locator("#needs-list input").first().waitFor();
    return await work(page);
  } finally {
    await browser.close();
  }
}
