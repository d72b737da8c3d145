import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trialPins } from "#device/card/virtual/trial-authority.ts";
import { operatorKey } from "#device/operator/operator-key.ts";
import { type Ask, askProcess } from "#test/support/api-key.ts";
import { axeViolations } from "#test/support/axe.ts";
import { cardPhotograph } from "#test/support/card-photograph.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { KioskVisitor } from "#test/support/kiosk-visitor.ts";
import { faceJpeg, madePeople } from "#test/support/made-images.ts";
import { hasFfmpeg } from "#test/support/media-servers.ts";
import { anyPorts, RunningTebura } from "#test/support/running-tebura.ts";

const runs = hasChromium() && hasFfmpeg();
const patience = { timeout: 120_000, interval: 200 };
let folder: string;
let running: RunningTebura | undefined;
let browser: Browser | undefined;
let ready: { readonly kiosk: string; readonly gateway: string };
let ask: Ask;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-counter-"));
  if (!runs) return;
  mkdirSync(join(folder, "data", "trial-card"), { recursive: true });
  writeFileSync(
    join(folder, "data", "trial-card", "photograph.jp2"),
    cardPhotograph(madePeople[0]),
  );
  const config = join(folder, "settings.json");
  const device = { kiosk: { enrolment: "operator" } };
  writeFileSync(config, JSON.stringify({ consent: { rule: "signed" }, device }));
  const where = ["--data", join(folder, "data"), "--config", config];
  running = new RunningTebura(["start", "--virtual-card", ...where, ...anyPorts]);
  ready = await running.ready();
  ask = askProcess(ready.gateway, join(folder, "data"));
  browser = await launchChromium({ camera: "absent" });
});

afterAll(async () => {
  await browser?.close();
  await running?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!runs)(
  needsChromium("nobody enrols by themselves, and a clerk does, by card, photograph and face"),
  async () => {
    await using visitor = await KioskVisitor.at(ready.kiosk);
    expect(await visitor.until(({ kind }) => kind === "state")).toMatchObject({
      status: { enrolment: "closed", withdrawal: true },
    });
    visitor.say({ kind: "enrol", name: "Aoi", consent: true });
    expect(await visitor.until(({ kind }) => kind === "enrolled")).toMatchObject({
      ...{ ok: false, code: "ENROLMENT_CLOSED" },
    });

    const page = await browser!.newPage({
      ...{ locale: "ja-JP", viewport: { width: 360, height: 740 } },
    });
    await page.goto(`${ready.kiosk}/operator`);
    await page.fill("#key", operatorKey(join(folder, "data", "device")));
    await page.click("#enter button");
    await page.locator("#counter-consents .read-out").waitFor();
    expect(await page.textContent("#counter-consents")).toContain("バスの乗り降り");
    expect(await axeViolations(page)).toEqual([]);
    await page.fill('#counter input[name="name"]', "青井 そら");
    await page.check('#counter input[name="service"]');
    await page.fill("#counter-number", trialPins.numberB);
    await page.click('#counter button[type="submit"]');
    visitor.show(
      await Promise.all(
        [0, 12, 0, -12].map((yawDegrees, grain) => faceJpeg(madePeople[0], { yawDegrees, grain })),
      ),
    );
    await visitor.until(({ screen }) => screen?.step === "touch");
    visitor.say({ kind: "virtual-card", place: "down" });
    // The person's screen guides them, though they pressed nothing there.
    await visitor.until(({ kind }) => kind === "enrolment-begun");
    await page.locator("#counter-question").waitFor({ timeout: 120_000 });
    const asked = await page.textContent("#counter-asked");
    expect(asked).toMatch(
      /カードの写真と同じ人ですか。他人どうしがこれくらい似るのは、[\d,]+組に1組以下です/,
    );
    expect(await axeViolations(page)).toEqual([]);
    await page.click("#counter-same");
    await visitor.until(({ screen }) => screen?.step === "pin");
    visitor.enterPin(trialPins.authentication);
    await visitor.until(({ screen }) => screen?.secret === "password");
    visitor.enterPassword(trialPins.signature);
    await expect.poll(() => page.textContent("#counter-step"), patience).toBe("登録しました");
    visitor.say({ kind: "virtual-card", place: "away" });
    await expect.poll(() => visitor.outcome(), patience).toBe("admit");
    const { events } = (await (await ask("/api/events?limit=1000")).json()) as {
      events: { event: { body: { type: string; key?: string } } }[];
    };
    expect(events.map(({ event }) => event.body)).toContainEqual(
      expect.objectContaining({ type: "consent.given", key: "signature" }),
    );
    expect(events.map(({ event }) => event.body.type)).toContain("enrolment.photograph-compared");
    expect(JSON.stringify(events)).not.toContain("青井");

    // Where a guardian signs, the words end at the birthday, or on the court's day, which counts before it.
    await page.fill('#counter input[name="name"]', "青井 そら");
    await page.check("#counter-guardian");
    expect(await page.isVisible("#counter-consents")).toBe(false);
    const year = new Date().getFullYear();
    await page.fill("#counter-birth", `${year - 14}-01-31`);
    await expect.poll(readOut, patience).toContain(`${year + 1}年1月31日まで`);
    await page.fill("#counter-court", `${year + 1}-03-31`);
    await expect.poll(readOut, patience).toContain(`${year + 1}年4月1日まで`);
    expect(await axeViolations(page)).toEqual([]);
    await page.uncheck("#counter-ward-card");
    await page.check('#counter input[name="service"]');
    await page.click('#counter button[type="submit"]');
    await visitor.until(({ screen }) => screen?.step === "touch");
    visitor.say({ kind: "virtual-card", place: "down" });
    // It is her own: no guardian's, whom nobody else's card could be taken for.
    await expect
      .poll(() => page.textContent("#counter-step"), patience)
      .toBe("本人のカードです。保護者・後見人のカードが必要です。何も保存していません。");

    async function readOut() {
      return await page.textContent("#counter-consents");
    }
  },
  400_000,
);
