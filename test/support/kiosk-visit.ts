import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { type KioskScene, setScene } from "./kiosk-scenes.ts";
import { KioskUnderTest } from "./kiosk-under-test.ts";
import { listenToSpeech } from "./speech-double.ts";

export interface KioskVisit extends AsyncDisposable {
  readonly kiosk: KioskUnderTest;
  readonly page: Page;
  /** What the page threw or complained of. */
  readonly troubles: string[];
}

/** Opens the kiosk's page with a scene's camera; `query` is what follows the question mark, `voices` what speaks. */
export async function visitKiosk(
  browser: Browser,
  scene: KioskScene,
  query: string,
  { voices, ...options }: BrowserContextOptions & { voices?: readonly string[] } = {},
): Promise<KioskVisit> {
  const kiosk = new KioskUnderTest();
  await kiosk.server.start();
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (line) => line.type() === "error" && troubles.push(line.text()));
  await setScene(page, kiosk, scene);
  if (voices) await listenToSpeech(page, voices);
  await page.goto(`${kiosk.server.url}/?${query}`);
  await expect.poll(() => kiosk.listeners, { timeout: 60_000 }).toBe(1);
  const isOwnCamera = !scene.camera && scene.status?.camera !== "box";
  if (isOwnCamera) await page.locator("body[data-camera]").waitFor({ state: "attached" });
  return {
    ...{ kiosk, page, troubles },
    async [Symbol.asyncDispose]() {
      await context.close();
      await kiosk[Symbol.asyncDispose]();
    },
  };
}
