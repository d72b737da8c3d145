import type { Page } from "playwright-core";

/**
 * A browser's speech whose voices are those of `langs` and which writes down what it would say; it has
 * the part of the real one's interface that the page uses.
 */
const script = (langs: readonly string[]) => `{
  globalThis.kioskSaid = [];
  const voices = ${JSON.stringify(langs)}.map((lang) => ({ lang, name: lang }));
  globalThis.SpeechSynthesisUtterance = class {
    constructor(text) {
      this.text = text;
    }
  };
  Object.defineProperty(globalThis, "speechSynthesis", {
    value: {
      getVoices: () => voices,
      speak: ({ text, lang, volume }) => globalThis.kioskSaid.push({ text, lang, volume }),
      cancel() {},
    },
  });
}`;

export interface Said {
  readonly text: string;
  readonly lang: string;
  readonly volume: number;
}

/** Before the page is opened: its browser has these voices, and says nothing aloud. */
export async function listenToSpeech(page: Page, langs: readonly string[]): Promise<void> {
  await page.addInitScript(script(langs));
}

export async function saidBy(page: Page): Promise<readonly Said[]> {
  return (await page.evaluate("kioskSaid")) as readonly Said[];
}
