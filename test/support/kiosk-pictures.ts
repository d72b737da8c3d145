import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { launchChromium } from "./chromium.ts";
import { type KioskScene, kioskScenes, playScene, setScene } from "./kiosk-scenes.ts";
import { KioskUnderTest } from "./kiosk-under-test.ts";
import { movingViews, writeCameraFile } from "./made-images.ts";

interface Picture {
  readonly state: string;
  readonly language: string;
  readonly size: readonly [number, number];
  readonly also?: string;
}

const portrait = [1_080, 1_920] as const;
const laptop = [1_280, 800] as const;

/** Those that the documentation shows. */
const shownInDocs: readonly Picture[] = [
  { state: "admit-name", language: "ja", size: portrait },
  { state: "refuse", language: "ja-easy", size: portrait },
  { state: "card", language: "en", size: portrait },
  { state: "card-pin", language: "pt", size: portrait, also: "reach=low" },
  { state: "enrolling", language: "vi", size: portrait },
  { state: "turned", language: "zh", size: portrait, also: "contrast=high" },
  { state: "looking", language: "ja", size: laptop },
];

export interface PictureOrder {
  readonly folder: string;
  /** Where the fake camera's pictures may be written meanwhile. */
  readonly cameraFile: string;
  /** No more than so many of them. */
  readonly countMax?: number;
}

/** Takes pictures of the kiosk's page in a real Chromium, before a made face. */
export async function takeKioskPictures(order: PictureOrder): Promise<void> {
  const { cameraFile, folder } = order;
  await writeCameraFile(cameraFile, 0, movingViews(4, { size: 0.2, y: 0.52 }));
  const browser = await launchChromium({ camera: "allowed", cameraFile });
  if (!browser) throw new Error("needs chromium");
  try {
    for (const picture of shownInDocs.slice(0, order.countMax)) {
      await takePicture(browser, picture, folder);
    }
  } finally {
    await browser.close();
    rmSync(cameraFile, { force: true });
  }
}

async function takePicture(browser: Browser, picture: Picture, folder: string): Promise<void> {
  const { state, language, size, also = "" } = picture;
  const scene = kioskScenes.find((one) => one.state === state) as KioskScene;
  const [width, height] = size;
  await using kiosk = new KioskUnderTest();
  await kiosk.server.start();
  const context = await browser.newContext({
    viewport: { width, height },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await setScene(page, kiosk, scene);
  await page.goto(`${kiosk.server.url}/?lang=${language}&sound=off&${also}`);
  if (!scene.camera && !scene.status) await page.locator('body[data-state="idle"]').waitFor();
  await playScene(page, kiosk, scene);
  await page.waitForTimeout(400);
  const png = await page.screenshot();
  const name = [state, language, `${width}x${height}`, also.replace("=", "-")];
  const path = join(folder, `kiosk-${name.filter((part) => part !== "").join("-")}.png`);
  await sharp(png)
    .resize({ width: Math.round(width / 2) })
    .png({ palette: true, quality: 80 })
    .toFile(path);
  await context.close();
}
