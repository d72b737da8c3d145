import { createStore } from "../store.ts";

/** What a page asks of whoever is in front of it before it goes on. */
export interface Question {
  /** The session has ended: nothing of the page may be seen until somebody signed in. */
  readonly isOver: boolean;
  answer(isIn: boolean): void;
}

/** Asked in the page, which so keeps what was typed: in its memory, and never in the browser's storage. */
export const question = createStore<Question | undefined>(undefined);
let asking: Promise<boolean> | undefined;

/**
 * Resolves with true when whoever was here has signed in again, and what was refused may be tried once more.
 * A page on which nothing was typed is left for the one where one signs in.
 */
export async function signInAgain(isOver: boolean): Promise<boolean> {
  if (isOver && !isSomethingTyped()) {
    goToSignIn();
    return false;
  }
  asking ??= new Promise<boolean>((resolve) => {
    question.set({
      isOver,
      answer(isIn) {
        asking = undefined;
        question.set(undefined);
        resolve(isIn);
      },
    });
  });
  return await asking;
}

/** To where one signs in, and back to what this page shows. */
export function goToSignIn(): void {
  location.assign(`/sign-in?then=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Fields that somebody wrote in. */
const touched = new Set<HTMLInputElement | HTMLTextAreaElement>();

/** Notes where somebody writes, so that a page knows what would be lost. */
export function noticeTyping(): void {
  addEventListener(
    "input",
    ({ target }) => {
      const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
      if (isField && target.form) touched.add(target);
    },
    true,
  );
}

function isSomethingTyped(): boolean {
  for (const field of touched) if (!field.isConnected) touched.delete(field);
  return [...touched].some(({ value }) => value.trim() !== "");
}
