import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ask, askProcess } from "#test/support/api-key.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { anyPorts, RunningTebura } from "#test/support/running-tebura.ts";

let folder: string;
let running: RunningTebura | undefined;
let browser: Browser | undefined;
let page: Page;
let ready: { kiosk: string; gateway: string; trialCard: string };
let api: Ask;
let said = "";

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = mkdtempSync(join(tmpdir(), "tebura-step-up-"));
  const what = ["start", "--virtual-card", "--service", "shelter.check-in"];
  running = new RunningTebura([...what, "--data", folder, ...anyPorts], (text) => {
    said += text;
  });
  ready = await running.ready();
  api = askProcess(ready.gateway, folder);
  browser = await launchChromium({ camera: "absent" });
  page = await browser!.newPage({
    locale: "en-GB",
    viewport: { width: 1000, height: 800 },
    hasTouch: true,
  });
  await page.goto(ready.kiosk);
});
afterAll(async () => {
  await browser?.close();
  if (!running) return;
  await running[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const state = () => page.getAttribute("body", "data-state");

const patience = { timeout: 60_000, interval: 200 };
const button = () => page.locator("#virtual-card");

/** Takes the trial card away and puts it down once more. */
async function putAgain(): Promise<void> {
  await expect.poll(() => button().textContent(), patience).toContain("away");
  await button().click();
  await expect.poll(() => button().textContent(), patience).toContain("down");
  await button().click();
}

interface Entry {
  readonly refusal: string | null;
  readonly event: { readonly sequence: number; readonly body: Record<string, unknown> };
}

async function decisions(): Promise<readonly Entry[]> {
  const answer = await api("/api/events?limit=1000");
  const { events } = (await answer.json()) as { events: Entry[] };
  return events.filter(({ event }) => event.body["type"] === "decision.made");
}

/** The box holds nonces as soon as its health was heard; before that no card could be proved. */
async function hasNonces(): Promise<boolean> {
  const answer = await api("/api/devices");
  const { devices } = (await answer.json()) as { devices: { health?: { nonces: number } }[] };
  return (devices[0]?.health?.nonces ?? 0) > 0;
}

test(
  needsChromium("a step-up with the trial card, from the touch to the gateway's own proof"),
  async ({ skip }) => {
    if (!browser) skip();
    await expect.poll(hasNonces, { timeout: 60_000 }).toBe(true);
    await button().click();
    await expect.poll(state, patience).toBe("card-pin");
    await page.keyboard.type("0000");
    await expect.poll(state, patience).toBe("card-wrong");
    expect(await page.textContent("#detail")).toContain("Tries left: 2");
    await page.keyboard.type(ready.trialCard);
    await expect.poll(state, patience).toBe("admit");
    await expect.poll(async () => (await decisions()).length, patience).toBe(2);
    const [ask, answer] = await decisions();
    expect(answer).toMatchObject({
      refusal: null,
      event: {
        body: {
          ...{ outcome: "admit", reason: "card-proved", answers: ask?.event.sequence },
          evidence: [{ kind: "card", virtual: true, factor: "pin" }],
        },
      },
    });
    const metrics = await (await api("/metrics")).text();
    expect(metrics).toContain("tebura_step_ups_proved_total 1");
  },
);

test(
  needsChromium("the shelter's list has one person, and a second visit is the same one"),
  async ({ skip }) => {
    if (!browser) skip();
    await putAgain();
    await expect.poll(state, patience).toBe("card-pin");
    for (const digit of ready.trialCard) await page.locator(`[data-digit="${digit}"]`).tap();
    await expect.poll(async () => (await decisions()).length, patience).toBe(4);
    const answer = await api("/api/views/shelter.check-in");
    const { view } = (await answer.json()) as { view: { present: unknown[] } };
    expect(view).toMatchObject({ unidentified: 0 });
    expect(view.present).toHaveLength(1);
  },
);

test(
  needsChromium("somebody who changes their mind at the keypad is not admitted"),
  async ({ skip }) => {
    if (!browser) skip();
    await putAgain();
    await expect.poll(state, patience).toBe("card-pin");
    await page.locator("#pin-cancel").click();
    await expect.poll(async () => (await decisions()).length, patience).toBe(6);
    expect((await decisions()).at(-1)?.event.body).toMatchObject({ reason: "card-not-given" });
  },
);

test(needsChromium("no PIN is in any file, log or event of the box"), async ({ skip }) => {
  if (!browser) skip();
  expect(said).not.toMatch(/0000|1234\b/);
  expect(JSON.stringify(await decisions())).not.toMatch(/"(0000|1234)"/);
  const files = readdirSync(join(folder, "device"), { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile())) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    expect(bytes.includes(`"${ready.trialCard}"`), file.name).toBe(false);
  }
});
