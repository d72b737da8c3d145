import { TeburaError } from "#contract/errors.ts";
import type { EnrolmentProgress, EnrolResult } from "../kiosk/messages.ts";

/** What a clerk says: it is one person, it is not, or the pictures are to be taken again. */
export const clerksAnswers = ["same", "different", "again"] as const;
export type ClerksAnswer = (typeof clerksAnswers)[number];

/** What a clerk is asked, with its odds: how often a stranger would resemble as much. */
export type Asked =
  | { readonly about: "photograph"; readonly falseMatchRate: number }
  | { readonly about: "enrolled"; readonly name: string | null; readonly falseMatchRate: number };

/** How an enrolment at a counter stands. */
export interface CounterView {
  readonly step:
    | "idle"
    | "card"
    | "ward-card"
    | "pictures"
    | "question"
    | "guardian-card"
    | "signing";
  readonly question?: Asked;
  readonly progress?: EnrolmentProgress;
  /** How the last one ended. */
  readonly ended?: EnrolResult;
  /** It was a consent alone, and the pictures are to follow. */
  readonly later?: boolean;
}

/** One question at a time, and a clerk who takes the time that it takes. */
export class ClerksQuestion {
  #asked: { readonly question: Asked; answer(given: ClerksAnswer): void } | undefined;

  get asked(): Asked | undefined {
    return this.#asked?.question;
  }

  /** Rejects with STOPPED when `signal` aborts. */
  async ask(question: Asked, signal: AbortSignal): Promise<ClerksAnswer> {
    try {
      return await new Promise<ClerksAnswer>((resolve, reject) => {
        const stop = () => reject(new TeburaError("STOPPED", "the enrolment was stopped"));
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop, { once: true });
        this.#asked = { question, answer: resolve };
      });
    } finally {
      this.#asked = undefined;
    }
  }

  /** Throws USAGE when nothing is asked. */
  answer(given: ClerksAnswer): void {
    if (!this.#asked) throw new TeburaError("USAGE", "nothing is asked at the moment");
    this.#asked.answer(given);
  }
}
