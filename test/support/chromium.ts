import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const program = "/usr/bin/chromium";
/** For an element to be there, or a page to load, on a machine that is lent to others too. */
const patienceMs = 90_000;

/** The title of a test that is skipped for want of a browser. */
export function needsChromium(title: string): string {
  return hasChromium() ? title : `${title} (skipped: needs chromium)`;
}

export function hasChromium(): boolean {
  return existsSync(program);
}

export interface ChromiumOptions {
  /** A motion JPEG file that stands for the camera; it is played in a circle. */
  readonly cameraFile?: string;
  /** What the browser answers when a page asks for the camera. A test may want to be refused. */
  readonly camera: "allowed" | "refused" | "absent";
}

/** Debian's Chromium without a screen and without a word to anybody; undefined where there is none. */
export async function launchChromium(options: ChromiumOptions): Promise<Browser | undefined> {
  if (!hasChromium()) return undefined;
  const cameraArgs = {
    allowed: ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
    refused: ["--use-fake-device-for-media-stream", "--deny-permission-prompts"],
    absent: ["--use-fake-ui-for-media-stream"],
  }[options.camera];
  const { cameraFile } = options;
  const browser = await chromium.launch({
    ...{ executablePath: program, headless: true, timeout: patienceMs },
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ...cameraArgs,
      ...(cameraFile ? [`--use-file-for-fake-video-capture=${cameraFile}`] : []),
    ],
  });
  const open = browser.newContext.bind(browser);
  browser.newContext = async (given) => {
    const context = await open(given);
    context.setDefaultTimeout(patienceMs);
    return context;
  };
  return browser;
}
