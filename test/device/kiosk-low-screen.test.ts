import { expect, onTestFinished, test } from "vitest";
import { languageNames } from "#device/kiosk/page/words/words.js";
import { cameraBrowser, hasCameraBrowser } from "#test/support/camera-browser.ts";
import { kioskScenes, playScene } from "#test/support/kiosk-scenes.ts";
import { visitKiosk } from "#test/support/kiosk-visit.ts";
import { writeCalmCameraFile } from "#test/support/made-images.ts";

const browser = cameraBrowser("camera.y4m", (path) => writeCalmCameraFile(path, 0));

/** In each language: what lies over something else, above the screen, or beside it; and how far one has to scroll. */
const allLanguages = `(async () => {
  const found = [];
  let scrolled = 0;
  for (const language of ${JSON.stringify(languageNames)}) {
    document.querySelector('[data-language="' + language + '"].choice').click();
    await new Promise(requestAnimationFrame);
    const place = (name) => document.querySelector(name).getBoundingClientRect();
    const [words, controls] = [place(".message"), place(".controls")];
    const parts = [...document.querySelectorAll(".sign, h1, #detail, #offer, #steps, .controls button")];
    for (const part of parts.filter((part) => part.checkVisibility())) {
      const { top, bottom, left, right } = part.getBoundingClientRect();
      const isIn = part.closest(".message") ? bottom <= controls.top + 1 : top >= words.bottom - 1;
      if (!isIn || top < 0 || left < 0 || right > innerWidth + 1 || part.scrollWidth > part.clientWidth + 1)
        found.push(language + ": " + (part.id || part.className || part.textContent));
    }
    scrolled = Math.max(scrolled, document.documentElement.scrollHeight - innerHeight);
  }
  return { found, scrolled, mayScroll: getComputedStyle(document.body).overflowY !== "hidden" };
})()`;

const wordy = ["card", "card-pin", "password", "refuse", "enrolling"];

test.skipIf(!hasCameraBrowser).each(kioskScenes.filter(({ state }) => wordy.includes(state)))(
  "state $state: a low screen shows all of it, and magnified twice nothing covers anything",
  async (scene) => {
    await using visit = await visitKiosk(browser.current, scene, "lang=ja&sound=off");
    const { page, kiosk } = visit;
    await playScene(page, kiosk, scene);
    const faces = scene.says?.find(({ kind }) => kind === "faces");
    const standing = setInterval(() => faces && kiosk.say(faces), 200);
    onTestFinished(() => clearInterval(standing));
    for (const size of [
      { width: 800, height: 480 },
      { width: 640, height: 400 },
    ]) {
      await page.setViewportSize(size);
      if (!scene.begins) await playScene(page, kiosk, scene);
      const { found, scrolled, mayScroll } = (await page.evaluate(allLanguages)) as {
        found: readonly string[];
        scrolled: number;
        mayScroll: boolean;
      };
      expect(found, `${size.width}`).toEqual([]);
      if (size.width === 800) expect(scrolled).toBeLessThanOrEqual(1);
      else expect(mayScroll).toBe(true);
    }
  },
);
