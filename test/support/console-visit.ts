import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import type { PageName } from "#gateway/console/page-paths.ts";
import { pagePaths } from "#gateway/console/page-paths.ts";
import { StaffClient } from "./staff-client.ts";

/** Somebody's browser: signed in, in a language, a theme and a width of window. */
export interface VisitOptions {
  readonly language?: "ja" | "easy" | "en" | "zh" | "pt" | "vi";
  readonly theme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

/** Signs in as the first administrator, who holds every role, with a passkey that is a program. */
export async function firstAdministrator(running: {
  readonly pageUrl: string;
  readonly firstStart?: { readonly code: string };
}): Promise<StaffClient> {
  const client = new StaffClient(running.pageUrl);
  const { status } = await client.begin(running.firstStart?.code ?? "", "佐藤");
  if (status !== 200) throw new Error("the first administrator could not begin");
  return client;
}

/** A page of the console in a browser of its own, and whatever it complained of. */
export class ConsoleVisit implements AsyncDisposable {
  readonly page: Page;
  readonly troubles: string[] = [];
  readonly #context: BrowserContext;
  readonly #url: string;
  /** Requests of the page that nobody has answered yet. */
  readonly #asked = new Set<Request>();
  #isQuiet: (() => void) | undefined;

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context;
    this.page = page;
    this.#url = url;
    page.on("pageerror", (error) => this.troubles.push(String(error)));
    page.on("console", (line) => {
      if (line.type() === "error") this.troubles.push(line.text());
    });
    page.on("request", (request) => {
      if (request.resourceType() === "fetch") this.#asked.add(request);
    });
    const answered = (request: Request) => {
      this.#asked.delete(request);
      if (this.#asked.size === 0) this.#isQuiet?.();
    };
    page.on("requestfinished", answered);
    page.on("requestfailed", answered);
  }

  static async begin(
    browser: Browser,
    client: StaffClient,
    { language = "ja", theme = "light", width = 1_280, height = 800 }: VisitOptions = {},
  ): Promise<ConsoleVisit> {
    const context = await browser.newContext({
      ...{ viewport: { width, height }, locale: "ja-JP", reducedMotion: "reduce" },
    });
    const [name = "", ...value] = client.cookie.split("=");
    await context.addCookies([{ name, value: value.join("="), url: client.origin }]);
    const choices = { language, theme };
    await context.addInitScript(
      `for (const [key, value] of Object.entries(${JSON.stringify(choices)}))
         if (!localStorage.getItem("tebura." + key)) localStorage.setItem("tebura." + key, value);`,
    );
    return new ConsoleVisit(context, await context.newPage(), client.origin);
  }

  /** Goes to a page and waits until it stands there. */
  async open(name: PageName, query = ""): Promise<void> {
    await this.page.goto(`${this.#url}${pagePaths[name]}${query}`);
    await this.page.locator("h1").first().waitFor();
  }

  /** Goes from the page that stands there to another one, as a link does: nothing is loaded again. */
  async turnTo(name: PageName, query = ""): Promise<void> {
    const address = `${pagePaths[name]}${query}`;
    const isThere = new URL(this.page.url()).pathname === pagePaths[name];
    if (isThere || !this.page.url().startsWith(this.#url)) return await this.open(name, query);
    await this.page.evaluate(
      `history.pushState(null, "", "${address}"); dispatchEvent(new PopStateEvent("popstate"));`,
    );
    await this.page.locator(`nav a[aria-current=page][href="${pagePaths[name]}"]`).waitFor({
      state: "attached",
    });
    await this.page.locator("h1").first().waitFor();
  }

  /** Until what the page asked for is there and drawn. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(
      `!document.querySelector("main .quiet")?.textContent?.includes("…")`,
    );
    if (this.#asked.size > 0) {
      await new Promise<void>((resolve) => {
        this.#isQuiet = resolve;
      });
    }
    await this.page.evaluate(
      `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
