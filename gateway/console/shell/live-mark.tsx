import type { JSX } from "preact";
import { Mark } from "../design/badge.tsx";
import { live } from "../live/stream.ts";
import { useStore } from "../store.ts";
import { useWords } from "../words/language.ts";
import { t } from "../words/phrase.ts";

/** Whether what the page shows is what the gateway knows now. */
export function LiveMark(): JSX.Element {
  const w = useWords();
  const state = useStore(live, (now) => now.state);
  return (
    <p class="live-mark" role="status" data-state={state}>
      <Mark tone={state === "live" ? "good" : state === "lost" ? "care" : "none"} />
      {t(w.live[state])}
    </p>
  );
}
