import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kioskLimits } from "#device/kiosk/connection.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { visitKiosk } from "#test/support/kiosk-visit.ts";

const runs = hasChromium();
let browser: Browser | undefined;
let elsewhere: Server;
beforeAll(async () => {
  elsewhere = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html").end("<!doctype html><title>elsewhere</title>");
  }).listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  if (runs) browser = await launchChromium({ camera: "absent" });
});
afterAll(async () => {
  await browser?.close();
  elsewhere.closeAllConnections();
  await new Promise((resolve) => elsewhere.close(resolve));
});

const withoutCamera = { state: "idle", status: { camera: "box" } } as const;
const markup = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

test.skipIf(!runs)(
  needsChromium(
    "another page in the same browser reads nothing, opens no socket and frames nothing",
  ),
  async () => {
    await using visit = await visitKiosk(browser!, withoutCamera, "lang=en");
    const { kiosk, page } = visit;
    const own = await page.evaluate(`fetch("session").then((answer) => answer.json())`);
    expect(own).toMatchObject({ token: expect.stringMatching(/^[\w-]{32}$/) });
    const { token } = own as { token: string };
    const other = await page.context().newPage();
    await other.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    for (const host of ["localhost", "127.0.0.1"]) {
      const at = `${host}:${kiosk.server.port}`;
      const read = `fetch("http://${at}/session").then((answer) => answer.text(), () => "refused")`;
      expect(await other.evaluate(read)).toBe("refused");
      // Even with a token that it could not know.
      const open = `new Promise((resolve) => {
        const socket = new WebSocket("ws://${at}/socket", ["tebura.kiosk.1", "${token}"]);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      })`;
      expect(await other.evaluate(open)).toBe("refused");
    }
    const framed = `new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.onload = () => {
        let inside = "nothing";
        try { inside = frame.contentDocument?.body.innerHTML ? "readable" : "nothing"; } catch {}
        resolve(inside);
      };
      frame.src = "${kiosk.server.url}/";
      document.body.append(frame);
    })`;
    expect(await other.evaluate(framed)).toBe("nothing");
    expect(kiosk.listeners, "only the kiosk's own page listens").toBe(1);
    await other.close();
  },
);

test.skipIf(!runs)(
  needsChromium("markup in a name, in the policy's words and in the address is text"),
  async () => {
    const query = `lang=${encodeURIComponent(markup)}&contrast=${encodeURIComponent(markup)}`;
    await using visit = await visitKiosk(browser!, withoutCamera, query, { locale: "en-GB" });
    const { kiosk, page, troubles } = visit;
    const title = await page.title();
    const name = `${markup}[漢|kana]{name}`;
    kiosk.link.decided({ outcome: "admit", reason: "face-matched" }, { name });
    await page.locator('body[data-state="admit-name"]').waitFor({ state: "attached" });
    expect(await page.textContent("#headline")).toContain(markup);
    const words = { ja: markup, "ja-easy": markup, en: markup };
    const alternative = { offer: "staff", words } as const;
    kiosk.link.decided({ outcome: "refuse", reason: "face-unknown" }, { alternative });
    await expect.poll(() => page.textContent("#offer-words")).toBe(markup);
    expect(await page.locator(".message img, .message script").count()).toBe(0);
    expect(await page.title()).toBe(title);
    expect(troubles).toEqual([]);
  },
);

test.skipIf(!runs)(
  needsChromium("script that got into the page all the same would not run"),
  async () => {
    await using visit = await visitKiosk(browser!, withoutCamera, "lang=en");
    const { page, troubles } = visit;
    await page.evaluate(
      `document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="document.title=1">')`,
    );
    await page.evaluate(`{
      const script = document.createElement("script");
      script.textContent = "document.title = 1";
      document.body.append(script);
    }`);
    await expect
      .poll(() => troubles.filter((line) => line.includes("Content Security")).length)
      .toBe(2);
    expect(await page.title()).toBe("Hands-free entrance");
  },
);

test.skipIf(!runs)(
  needsChromium(
    "a picture that is too large ends the connection, and the page comes back without it",
  ),
  async () => {
    await using visit = await visitKiosk(browser!, withoutCamera, "lang=en");
    const { kiosk, page } = visit;
    const send = `fetch("session").then((answer) => answer.json()).then(({ token }) => new Promise((resolve) => {
      const address = location.origin.replace("http", "ws") + "/socket";
      const socket = new WebSocket(address, ["tebura.kiosk.1", token]);
      socket.onopen = () => {
        const picture = new Uint8Array(${kioskLimits.jpegBytesMax + 1});
        picture.set([0xff, 0xd8, 0xff]);
        socket.send(picture);
      };
      socket.onclose = ({ code }) => resolve(code);
    }))`;
    expect([1_006, 1_009]).toContain(await page.evaluate(send));
    expect(kiosk.frames).toEqual([]);
    // Two pages of one origin: the newer took over, and the first one offers to start again.
    await page.reload();
    await expect.poll(() => kiosk.listeners).toBe(1);
  },
);
