import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";

const tebura = fileURLToPath(new URL("../../setup/tebura.mjs", import.meta.url));
let folder: string;
let child: ChildProcess;
let browser: Browser | undefined;
let page: Page;
let ready: { kiosk: string; gateway: string; trialCard: string };
let said = "";

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = mkdtempSync(join(tmpdir(), "tebura-step-up-"));
  const ports = ["--http-port", "0", "--kiosk-port", "0", "--mqtt-port", "0"];
  const what = ["start", "--json", "--virtual-card", "--service", "shelter.check-in"];
  child = spawn(process.execPath, [tebura, ...what, "--data", folder, ...ports], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  let text = "";
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.includes("\n")) break;
  }
  ready = JSON.parse(text);
  browser = await launchChromium({ camera: "absent" });
  page = await browser!.newPage({ locale: "en-GB", viewport: { width: 1000, height: 800 } });
  await page.goto(ready.kiosk);
});
afterAll(async () => {
  await browser?.close();
  if (!child) return;
  const closed = once(child, "close");
  child.kill("SIGINT");
  await closed;
  rmSync(folder, { recursive: true, force: true });
});

const state = () => page.getAttribute("body", "data-state");

const patience = { timeout: 20_000 };
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
  const answer = await fetch(`${ready.gateway}/api/events?limit=1000`);
  const { events } = (await answer.json()) as { events: Entry[] };
  return events.filter(({ event }) => event.body["type"] === "decision.made");
}

/** The box holds nonces as soon as its health was heard; before that no card could be proved. */
async function hasNonces(): Promise<boolean> {
  const answer = await fetch(`${ready.gateway}/api/devices`);
  const { devices } = (await answer.json()) as { devices: { health?: { nonces: number } }[] };
  return (devices[0]?.health?.nonces ?? 0) > 0;
}

test(needsChromium(
  "a step-up with the trial card, from the touch to the gateway's own proof",
), async ({ skip }) => {
  if (!browser) skip();
  await expect.poll(hasNonces, { timeout: 30_000 }).toBe(true);
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
        evidence: [{ kind: "card", virtual: true, stepUp: { factor: "pin" } }],
      },
    },
  });
  const metrics = await (await fetch(`${ready.gateway}/metrics`)).text();
  expect(metrics).toContain("tebura_step_ups_proved_total 1");
}, 90_000);

test(needsChromium(
  "the shelter's list has one person, and a second visit is the same one",
), async ({ skip }) => {
  if (!browser) skip();
  await putAgain();
  await expect.poll(state, patience).toBe("card-pin");
  await page.keyboard.type(ready.trialCard);
  await expect.poll(async () => (await decisions()).length, patience).toBe(4);
  const answer = await fetch(`${ready.gateway}/api/views/shelter.check-in`);
  const { view } = (await answer.json()) as { view: { present: unknown[] } };
  expect(view).toMatchObject({ unidentified: 0 });
  expect(view.present).toHaveLength(1);
}, 90_000);

test(needsChromium("somebody who changes their mind at the keypad is not admitted"), async ({
  skip,
}) => {
  if (!browser) skip();
  await putAgain();
  await expect.poll(state, patience).toBe("card-pin");
  await page.locator("#pin-cancel").click();
  await expect.poll(async () => (await decisions()).length, patience).toBe(6);
  expect((await decisions()).at(-1)?.event.body).toMatchObject({ reason: "card-not-given" });
}, 90_000);

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
