import type { ComponentChildren, JSX } from "preact";
import { createStore, useStore } from "../store.ts";
import { Mark, type Tone } from "./badge.tsx";

interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: ComponentChildren;
}

const shownMs = 6_000;
const toasts = createStore<readonly Toast[]>([]);
let made = 0;

/** Says that something was done, or not. It goes by itself; nothing that one must know stands only here. */
export function say(tone: Tone, text: ComponentChildren): void {
  made += 1;
  const id = made;
  toasts.set([...toasts.get(), { id, tone, text }].slice(-3));
  setTimeout(() => toasts.set(toasts.get().filter((one) => one.id !== id)), shownMs);
}

export function Toasts(): JSX.Element {
  const shown = useStore(toasts);
  return (
    <div class="toasts" role="status">
      {shown.map(({ id, tone, text }) => (
        <div class="toast" key={id}>
          <Mark tone={tone} size={18} />
          <span>{text}</span>
        </div>
      ))}
    </div>
  );
}
