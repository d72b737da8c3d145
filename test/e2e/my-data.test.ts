import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBody } from "#contract/events.ts";
import type { PersonId, WallMs } from "#contract/ids.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { personSchema } from "#gateway/persons/records.ts";
import { systemClock } from "#runtime/clock.ts";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { ApiClient } from "#test/support/api-client.ts";
import { axeViolations } from "#test/support/axe.ts";
import { withAuthenticator } from "#test/support/browser-passkey.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";

const patience = { timeout: 60_000, interval: 100 };
const services = ["bus.boarding", "payment"] as const;
let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let counter: ApiClient;

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = temporaryFolder();
  running = await startGateway(folder.path);
  browser = await launchChromium({ camera: "absent" });
  counter = new ApiClient(running.gateway, running.httpUrl, ["consents:write"]);
});
afterAll(async () => {
  await browser?.close();
  await running?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

/** Somebody in the registry who agreed to two services, and the code of their own page. */
async function registered(reference: string): Promise<string> {
  const { persons, desk } = running.gateway;
  const person = personSchema.parse({ reference, name: "手ぶら 花子", address: "大手町2丁目" });
  persons.write(() => {
    for (const draft of draftsOf("persons", person)) persons.put(draft);
    return { result: undefined, keep: true };
  });
  for (const service of services) {
    const signedAt = systemClock.wall();
    const until = (signedAt + 9e10) as WallMs;
    const name = persons.pseudonymOf(service, persons.idOf(reference) as PersonId);
    const body: EventBody = {
      ...{ type: "consent.given", service, person: name, by: "self" },
      ...{ signedAt, from: signedAt, until, statement: "A".repeat(43) as never },
    };
    await desk.record(body);
  }
  const { body } = await counter.post("/api/resident/admissions", { reference });
  return body["code"] as string;
}

/** Whether anything stands out beyond the right edge. */
const isWider = async (page: Page) =>
  await page.evaluate("document.documentElement.scrollWidth > innerWidth");

test.for([
  ["ja-JP", "R-1", "同意しています", "やめました", "バスの乗り降り"],
  ["en-GB", "R-2", "You have agreed", "You ended it", "boarding and leaving a bus"],
  ["pt-BR", "R-3", "Você concordou", "Você encerrou", "entrar e sair do ônibus"],
] as const)(
  needsChromium("a resident ends one consent with the keyboard alone, on a narrow phone, in %s"),
  async ([locale, reference, agreed, ended, label], { skip }) => {
    if (!browser) skip();
    const code = await registered(reference);
    const context = await browser!.newContext({ locale, viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    await withAuthenticator(page);
    await page.goto(`${running.pageUrl}/my-data`);
    await page.locator("#sign-in:focus").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter"); // Opens the part for those who were given a code.
    await page.keyboard.press("Tab");
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");
    await page.locator("#ask:focus").waitFor();
    const bus = page.locator('li[data-service="bus.boarding"]');
    const payment = page.locator('li[data-service="payment"]');
    expect(await bus.innerText()).toContain(label);
    expect(await bus.innerText()).toContain(agreed);
    expect(await isWider(page)).toBe(false);
    expect(await axeViolations(page)).toEqual([]);
    await bus.locator("button").press("Enter");
    await bus.locator("button:focus").press("Enter"); // Asked once more, in the same place.
    await expect.poll(() => bus.innerText(), patience).toContain(ended);
    expect(await payment.innerText()).toContain(agreed);
    await page.locator("#ask").press("Enter");
    await page.locator("#sheet:focus").waitFor();
    const sheet = await page.locator("#sheet").innerText();
    expect(sheet).toContain("大手町2丁目");
    expect(sheet).toContain("同意の撤回");
    expect(await isWider(page)).toBe(false);
    expect(await axeViolations(page)).toEqual([]);
    await page.locator("#sign-out").press("Enter");
    await page.locator("#sign-in:focus").waitFor();
    expect(await page.locator("#sheet").textContent()).toBe("");
    expect(await page.locator("#consents li").count()).toBe(0);
    await page.keyboard.press("Enter"); // By passkey now; the code is spent.
    await page.locator("#ask:focus").waitFor();
    await context.close();
  },
);
