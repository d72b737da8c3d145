import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ask, askProcess } from "#test/support/api-key.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { movingViews, writeCameraFile } from "#test/support/made-images.ts";
import { hasFfmpeg } from "#test/support/media-servers.ts";
import { anyPorts, RunningTebura } from "#test/support/running-tebura.ts";

const runs = hasChromium() && hasFfmpeg();
let folder: string;
let running: RunningTebura | undefined;
let browser: Browser | undefined;
let ready: { readonly kiosk: string; readonly gateway: string; readonly trialCard: string };
let ask: Ask;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tebura-kiosk-consent-"));
  if (!runs) return;
  const config = join(folder, "settings.json");
  const consent = { rule: "signed", services: ["school.attendance"] };
  writeFileSync(config, JSON.stringify({ consent }));
  const where = ["--data", join(folder, "data"), "--config", config];
  running = new RunningTebura(["start", "--virtual-card", ...where, ...anyPorts]);
  ready = await running.ready();
  ask = askProcess(ready.gateway, join(folder, "data"));
  const cameraFile = join(folder, "camera.mjpeg");
  await writeCameraFile(cameraFile, 1, movingViews(6));
  browser = await launchChromium({ camera: "allowed", cameraFile });
});

afterAll(async () => {
  await browser?.close();
  await running?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const patience = { timeout: 120_000, interval: 200 };
const stateOf = (page: Page) => page.getAttribute("body", "data-state");

async function typesOf(): Promise<readonly string[]> {
  const { events } = (await (await ask("/api/events?limit=1000")).json()) as {
    events: { event: { body: { type: string; service?: string } } }[];
  };
  return events.map(({ event: { body } }) => `${body.type} ${body.service ?? ""}`);
}

/** Lays the trial card down when the screen asks for it, and types its PIN. */
async function signs(page: Page, asked: "consent-card" | "withdraw-card"): Promise<void> {
  await expect.poll(() => stateOf(page), patience).toBe(asked);
  await page.click("#virtual-card");
  await expect.poll(() => stateOf(page), patience).toBe("card-pin");
  await page.keyboard.type(ready.trialCard);
  if (asked === "withdraw-card") return;
  // Whoever does not know the password of the other key goes on without; to end something nobody is asked.
  await expect.poll(() => stateOf(page), patience).toBe("password");
  await page.click("#password-without");
}

async function withdraws(page: Page, service: string | undefined): Promise<void> {
  await page.click("#withdraw");
  await page.locator("#withdraw-begin").waitFor();
  for (const box of await page.locator("#withdraw-services input").all()) {
    if (service !== undefined) await box.setChecked((await box.inputValue()) === service);
  }
  await page.click("#withdraw-begin");
  await signs(page, "withdraw-card");
}

test.skipIf(!runs)(
  needsChromium("a consent is read, signed by the card, and ended at the same screen"),
  async () => {
    const page = await browser!.newPage({
      viewport: { width: 360, height: 640 },
      locale: "en-GB",
      reducedMotion: "reduce",
    });
    await page.goto(`${ready.kiosk}/?lang=ja-easy&sound=off`);
    await page.locator("#enrol:visible").waitFor();
    // Whoever says no is thanked, and nothing is kept.
    await page.click("#enrol");
    await page.click("#consent-no");
    await page.click("#consent-no");
    await expect.poll(() => stateOf(page), patience).toBe("declined");

    await page.click("#enrol");
    for (const words of ["バスに のる・おりる", "がっこう"]) {
      await expect.poll(() => page.textContent("#consent-words"), patience).toContain(words);
      await page.click("#consent-yes");
    }
    await page.fill("#name", "あおい");
    await page.click("#enrol-begin");
    await signs(page, "consent-card");
    await expect.poll(() => stateOf(page), patience).toMatch(/^(enrolled|admit-name)$/);
    await expect
      .poll(typesOf, patience)
      .toEqual(
        expect.arrayContaining(["consent.given bus.boarding", "consent.given school.attendance"]),
      );
    await page.click("#virtual-card");

    // One of the two is ended, and the other stands.
    await page.locator("#withdraw:visible").waitFor();
    await withdraws(page, "school.attendance");
    await expect.poll(() => stateOf(page), patience).toBe("withdrawn");
    await expect.poll(typesOf, patience).toContain("consent.withdrawn school.attendance");
    expect(await typesOf()).not.toContain("consent.withdrawn bus.boarding");
    await page.click("#virtual-card");
    await page.locator("#withdraw:visible").waitFor();
    await withdraws(page, undefined);
    await expect.poll(() => stateOf(page), patience).toBe("withdrawn");
    await expect.poll(typesOf, patience).toContain("consent.withdrawn bus.boarding");
    await page.click("#virtual-card");

    // Nothing is left to end, and the screen says so.
    await page.locator("#withdraw:visible").waitFor();
    await page.click("#withdraw");
    await page.click("#withdraw-begin");
    await expect.poll(() => stateOf(page), patience).toBe("withdraw-card");
    await page.click("#virtual-card");
    await expect.poll(() => stateOf(page), patience).toBe("withdraw-failed");
    await page.close();
  },
  600_000,
);
