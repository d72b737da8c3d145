import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { hasChromium, launchChromium } from "./chromium.ts";
import { hasFfmpeg } from "./media-servers.ts";

/** Whether a browser and what makes its camera's file are there. */
export const hasCameraBrowser = hasChromium() && hasFfmpeg();

/** One browser for all tests of a file, whose camera plays what `write` puts at a path called `name`. */
export function cameraBrowser(
  name: string,
  write: (path: string) => Promise<void>,
): { readonly current: Browser } {
  let folder: string;
  let browser: Browser | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tebura-kiosk-"));
    if (!hasCameraBrowser) return;
    const cameraFile = join(folder, name);
    await write(cameraFile);
    browser = await launchChromium({ camera: "allowed", cameraFile });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get current() {
      if (!browser) throw new Error("there is no browser here");
      return browser;
    },
  };
}
