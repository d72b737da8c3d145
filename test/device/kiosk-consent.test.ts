import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consentWords } from "#contract/consent-words.ts";
import { languageNames } from "#device/kiosk/page/words/words.js";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { askedAtKiosk } from "#test/support/kiosk-scenes.ts";
import { KioskUnderTest } from "#test/support/kiosk-under-test.ts";
import { KioskVisitor } from "#test/support/kiosk-visitor.ts";

const runs = hasChromium();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const asked = askedAtKiosk(["bus.boarding", "school.attendance"]);
let browser: Browser | undefined;
beforeAll(async () => {
  if (runs) browser = await launchChromium({ camera: "absent" });
});
afterAll(async () => await browser?.close());

/** A kiosk where consents are signed, with a box's own camera, so that the page asks for none. */
async function visit(query = "lang=en&sound=off", height = 640) {
  const kiosk = new KioskUnderTest();
  kiosk.asked = asked;
  kiosk.status = { ...kiosk.status, camera: "box", enrolment: "signed", withdrawal: true };
  await kiosk.server.start();
  const context = await browser!.newContext({
    viewport: { width: 360, height },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(`${kiosk.server.url}/?${query}`);
  await page.locator('body[data-state="idle"]').waitFor({ state: "attached" });
  return {
    ...{ kiosk, page },
    async [Symbol.asyncDispose]() {
      await context.close();
      await kiosk[Symbol.asyncDispose]();
    },
  };
}

async function violations(page: Page): Promise<readonly string[]> {
  const options = JSON.stringify({ runOnly: { type: "tag", values: tags } });
  const result = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults;
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
}

const stateOf = (page: Page) => page.getAttribute("body", "data-state");
const isOpen = (page: Page, id: string) => page.isVisible(`#${id}`);

test.skipIf(!runs)(
  needsChromium("the very words that a card will sign are read first, one service after the other"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    await page.click("#enrol");
    for (const [place, { service, terms }] of asked.entries()) {
      await expect.poll(() => page.textContent("#consent-step")).toBe(`${place + 1} of 2`);
      const words = consentWords(terms.text, { service, ...terms })!.en!;
      const shown = await page.locator("#consent-words p").allTextContents();
      expect(shown.join("\n")).toBe(words);
      await page.click(service === "bus.boarding" ? "#consent-no" : "#consent-yes");
    }
    await page.fill("#name", "Aoi");
    expect(await isOpen(page, "consent-field")).toBe(false);
    await page.click("#enrol-begin");
    await expect
      .poll(() => kiosk.requests)
      .toEqual([
        {
          name: "Aoi",
          consent: true,
          agreed: [
            expect.objectContaining({ service: "school.attendance", terms: asked[1]!.terms }),
          ],
        },
      ]);
  },
);

test.skipIf(!runs)(
  needsChromium("no is as large and as near as yes, and leads to the same service"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    await page.click("#enrol");
    await page.locator("#consent-yes").waitFor();
    const [no, yes] = await Promise.all(
      ["#consent-no", "#consent-yes"].map((id) => page.locator(id).boundingBox()),
    );
    expect([no!.width, no!.height, no!.y]).toEqual([yes!.width, yes!.height, yes!.y]);
    expect(Math.min(no!.height, no!.width)).toBeGreaterThanOrEqual(44);
    const styles = `["no", "yes"].map((id) => {
      const { color, backgroundColor, fontSize, fontWeight, borderColor } = getComputedStyle(document.getElementById("consent-" + id));
      return [color, backgroundColor, fontSize, fontWeight, borderColor].join();
    })`;
    await page.locator("#headline").hover({ force: true });
    await page.evaluate("document.activeElement.blur()");
    const [ofNo, ofYes] = (await page.evaluate(styles)) as string[];
    expect(ofNo).toBe(ofYes);
    await page.click("#consent-no");
    await page.click("#consent-no");
    await expect.poll(() => stateOf(page)).toBe("declined");
    expect(await page.textContent("#detail")).toContain("the same service");
    expect(kiosk.requests).toEqual([]);
  },
);

test.skipIf(!runs)(
  needsChromium("a consent is ended for those services that somebody chooses"),
  async () => {
    await using open = await visit();
    const { kiosk, page } = open;
    await page.click("#withdraw");
    await page.uncheck('#withdraw-services input[value="bus.boarding"]');
    await page.uncheck('#withdraw-services input[value="school.attendance"]');
    await page.click("#withdraw-begin");
    expect(await page.textContent("#withdraw-error")).toContain("at least one");
    await page.check('#withdraw-services input[value="school.attendance"]');
    let finish: () => void = () => undefined;
    kiosk.withdraw = () =>
      new Promise((resolve) => {
        finish = () => resolve({ ok: true, services: 1 });
      });
    await page.click("#withdraw-begin");
    await expect.poll(() => kiosk.withdrawals).toEqual([["school.attendance"]]);
    kiosk.say({ kind: "card", screen: { step: "touch" } });
    await expect.poll(() => stateOf(page)).toBe("withdraw-card");
    // Whoever is recognised meanwhile does not take the screen away.
    kiosk.say({ kind: "decision", outcome: "admit", reason: "face-matched" });
    kiosk.say({
      kind: "card",
      screen: { step: "pin", triesLeft: 3, wasWrong: false, isLastTry: false },
    });
    await expect.poll(() => stateOf(page)).toBe("card-pin");
    await page.keyboard.type("1234");
    await expect.poll(() => kiosk.pins.length).toBe(1);
    finish();
    await expect.poll(() => stateOf(page)).toBe("withdrawn");
  },
);

test.skipIf(!runs)(needsChromium("what the box does not offer has no button"), async () => {
  await using open = await visit();
  const { kiosk, page } = open;
  expect([await isOpen(page, "enrol"), await isOpen(page, "withdraw")]).toEqual([true, true]);
  kiosk.say({
    kind: "state",
    status: { ...kiosk.status, enrolment: "closed", withdrawal: false },
  });
  await expect.poll(() => isOpen(page, "enrol")).toBe(false);
  expect(await isOpen(page, "withdraw")).toBe(false);
});

test.skipIf(!runs)(
  needsChromium("on the narrowest screen both forms can be read and pressed in every language"),
  async () => {
    for (const [turn, language] of languageNames.entries()) {
      const contrast = turn % 2 === 0 ? "" : "&contrast=high";
      await using open = await visit(`lang=${language}&sound=off${contrast}`);
      const { page } = open;
      await page.evaluate(axe);
      for (const form of ["enrol", "withdraw"] as const) {
        await page.click(`#${form}`);
        const dialog = page.locator(form === "enrol" ? "#consent-dialog" : "#withdraw-dialog");
        await dialog.waitFor();
        expect(await violations(page), `${language} ${form}`).toEqual([]);
        const outside = (await page.evaluate(
          `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector("dialog[open]"))`,
        )) as number;
        expect(outside, `${language} ${form}`).toBeLessThanOrEqual(1);
        for (const button of await dialog.locator("button").all()) {
          const { x, y, width, height } = (await button.boundingBox())!;
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + width).toBeLessThanOrEqual(360);
          // Both answers are in sight before anybody has scrolled.
          expect(y + height).toBeLessThanOrEqual(640);
        }
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "hidden" });
      }
    }
  },
);

test("nobody signs words that this page has not been shown", async () => {
  const kiosk = new KioskUnderTest();
  kiosk.asked = asked;
  await kiosk.server.start();
  const visitor = await KioskVisitor.at(kiosk.server.url);
  const enrol = { kind: "enrol", name: "Aoi", consent: true, services: ["bus.boarding"] };
  visitor.say(enrol);
  await visitor.until(({ kind }) => kind === "enrolled");
  visitor.say({ kind: "consents-please" });
  await visitor.until(({ kind }) => kind === "consents");
  visitor.say(enrol);
  await visitor.until(({ kind }) => kind === "enrolled");
  expect(kiosk.requests.map(({ agreed }) => agreed?.length ?? 0)).toEqual([0, 1]);
  await visitor[Symbol.asyncDispose]();
  await kiosk[Symbol.asyncDispose]();
});
