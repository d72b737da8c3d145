import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, temporaryFolder } from "#test/gateway/gateway-under-test.ts";
import { beginInBrowser, withAuthenticator } from "#test/support/browser-passkey.ts";
import { hasChromium, launchChromium, needsChromium } from "#test/support/chromium.ts";
import { evilServer } from "#test/support/evil-page.ts";

const patience = { timeout: 60_000, interval: 200 };
let folder: ReturnType<typeof temporaryFolder>;
let running: Awaited<ReturnType<typeof startGateway>>;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let evil: Awaited<ReturnType<typeof evilServer>>;
let context: BrowserContext;
/** Somebody who is signed in here, and then opens a page of somebody else's. */
let page: Page;

beforeAll(async () => {
  if (!hasChromium()) return;
  folder = temporaryFolder();
  running = await startGateway(folder.path);
  evil = await evilServer();
  browser = await launchChromium({ camera: "absent" });
  context = await browser!.newContext({ locale: "en-GB" });
  page = await context.newPage();
  await beginInBrowser(page, running.pageUrl, running.firstStart!.code);
});
afterAll(async () => {
  await browser?.close();
  await evil?.[Symbol.asyncDispose]();
  await running?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

async function refusals(): Promise<readonly string[]> {
  const { events } = (await (await running.ask("/api/events?limit=1000")).json()) as {
    events: readonly { event: { body: { type: string; who?: string; code?: string } } }[];
  };
  return events.flatMap(({ event: { body } }) =>
    body.type === "sign-in.refused" ? [`${body.who?.split(":")[0]} ${body.code}`] : [],
  );
}

/** What is sent from a page of somebody else's, in every way that a browser lets it. */
const attempts = (gateway: string) => `
  const body = JSON.stringify({ name: "evil", grants: [{ role: "administrator", sites: null }] });
  const path = "${gateway}/api/staff/accounts";
  const said = [];
  const tell = (name) => (answer) => said.push(name + " " + answer.type + " " + answer.status);
  const failed = (name) => () => said.push(name + " failed");
  const ways = [
    ["no-cors", { mode: "no-cors", method: "POST", body }],
    ["cors", { method: "POST", body, headers: { "content-type": "application/json" } }],
    ["token", { method: "POST", body, headers: { "x-tebura-csrf": "x" } }],
    ["simple", { method: "POST", body, headers: { "content-type": "text/plain" } }],
    ["delete", { method: "DELETE" }],
  ];
  for (const [name, init] of ways) {
    await fetch(path, { credentials: "include", ...init }).then(tell(name), failed(name));
  }
  for (const read of ["/api/staff/me", "/api/events", "/api/shelter/evacuees.csv"]) {
    const name = "read " + read;
    await fetch("${gateway}" + read, { credentials: "include" }).then(tell(name), failed(name));
    await fetch("${gateway}" + read, { credentials: "include", mode: "no-cors" })
      .then(async (answer) => said.push(name + " got " + (await answer.text()).length), failed(name));
  }
  const stream = new EventSource("${gateway}/api/events/stream", { withCredentials: true });
  await new Promise((resolve) => { stream.onmessage = stream.onerror = resolve; });
  said.push("stream " + stream.readyState);
  return said;
`;

test.for(["sameSite", "crossSite"] as const)(
  needsChromium("a page of somebody else's changes nothing and reads nothing, %s"),
  async (where, { skip }) => {
    if (!browser) skip();
    const before = (await refusals()).length;
    evil.state.html = "<!doctype html><title>evil</title>";
    const other = await context.newPage();
    await other.goto(evil[where]);
    const said = (await other.evaluate(
      `(async () => { ${attempts(running.pageUrl)} })()`,
    )) as readonly string[];
    for (const one of said) expect(one).toMatch(/failed|opaque 0|got 0|stream 2/);
    expect(said).toHaveLength(12);
    // A form that is posted by itself, with a body that looks like JSON.
    evil.state.html = `<!doctype html><form id="f" method="post" enctype="text/plain"
      action="${running.pageUrl}/api/staff/accounts"><input name='{"name":"evil","grants":[],"x":"'
      value='"}'></form>`;
    await other.goto(evil[where]);
    await Promise.all([other.waitForNavigation(), other.evaluate("document.forms[0].submit()")]);
    expect(await other.locator("body").innerText()).toMatch(/CROSS_SITE/);
    await other.close();
    // From another port of this machine the cookie comes along, and is refused all the same.
    const told = where === "sameSite" ? "staff CROSS_SITE" : "nobody CROSS_SITE";
    const fresh = async () => (await refusals()).slice(before);
    await expect.poll(fresh, patience).toContain(told);
    const accounts = await page.evaluate("fetch('/api/staff/accounts').then((all) => all.json())");
    expect((accounts as { accounts: unknown[] }).accounts).toHaveLength(1);
  },
);

test(
  needsChromium("no page of ours stands in a frame, is opened as a script, or tells its opener"),
  async ({ skip }) => {
    if (!browser) skip();
    const { pageUrl } = running;
    evil.state.html = `<!doctype html><iframe src="${pageUrl}/account"></iframe>
    <script>window.errors = []; window.onerror = (message) => errors.push(message);</script>
    <script src="${pageUrl}/api/staff/me" onload="loaded = true" onerror="refused = true"></script>`;
    const other = await context.newPage();
    await other.goto(evil.sameSite);
    await expect.poll(() => other.evaluate("window.refused === true"), patience).toBe(true);
    const frame = other.frames()[1];
    expect(await frame?.evaluate("document.body.innerText").catch(() => "")).not.toContain(
      "管理者",
    );
    const opened = await other.evaluate(
      `(async () => { const w = open("${pageUrl}/account"); await new Promise((f) => setTimeout(f, 1500));
      return String(w && !w.closed && w.length); })()`,
    );
    expect(opened).not.toBe("1");
    await other.close();
  },
);

test(
  needsChromium("after a sign-in nobody is sent to a page of somebody else's"),
  async ({ skip }) => {
    if (!browser) skip();
    const ways = [
      evil.sameSite,
      "//evil.example/",
      "/\\\\evil.example",
      "javascript:alert(1)",
      "data:text/html,x",
    ];
    for (const then of ways) {
      await page.goto(`${running.pageUrl}/sign-in?then=${encodeURIComponent(then)}`);
      await page.locator("#sign-in:focus").waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
      expect(new URL(page.url()).origin, then).toBe(running.pageUrl);
    }
  },
);

test(
  needsChromium("script in a name runs nowhere, and a page runs nothing that it did not bring"),
  async ({ skip }) => {
    if (!browser) skip();
    const name = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;
    const grants = [{ role: "auditor", sites: null }];
    const made = (await page.evaluate(
      `(async () => {
      const { csrf } = await (await fetch("/api/staff/me")).json();
      const headers = { "content-type": "application/json", "x-tebura-csrf": csrf };
      const body = ${JSON.stringify(JSON.stringify({ name: name.slice(0, 60), grants }))};
      return await (await fetch("/api/staff/accounts", { method: "POST", headers, body })).json();
    })()`,
    )) as { code: string };
    const elsewhere = await browser!.newContext({ locale: "en-GB" });
    const other = await elsewhere.newPage();
    await withAuthenticator(other);
    await other.goto(`${running.pageUrl}/first-start?then=/account`);
    await other.keyboard.type(made.code);
    await other.keyboard.press("Enter");
    await other.locator("#go-on").click();
    await expect.poll(() => other.locator("#who").textContent(), patience).toBe(name.slice(0, 60));
    const broken = await other.evaluate(`new Promise((resolve) => {
    addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.body.append(script);
  })`);
    expect(broken).toBe("script-src-elem");
    await other.evaluate(`document.body.insertAdjacentHTML("beforeend",
    '<button id="x" onclick="window.pwned=1" style="position:fixed;top:0">x</button>')`);
    await other.evaluate("document.getElementById('x').click()");
    expect(await other.evaluate("getComputedStyle(document.getElementById('x')).position")).toBe(
      "static",
    );
    const sent = await other.evaluate(
      `fetch("${evil.crossSite}/steal").then(() => "sent", () => "refused")`,
    );
    expect(sent).toBe("refused");
    expect(evil.state.heard).not.toContain("GET /steal");
    expect(await other.evaluate("window.pwned")).toBeUndefined();
    await elsewhere.close();
  },
);
