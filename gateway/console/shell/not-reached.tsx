import type { JSX } from "preact";
import { Notice } from "../design/badge.tsx";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";

/** Nobody answered who is here: on the way to the sign-in, or without a gateway. */
export function NotReached(): JSX.Element {
  const w = useWords();
  return (
    <main class="main" aria-label={plain(w.page.overview)}>
      <h1 class="hidden-text">手ぶら Tebura</h1>
      <Notice tone="care">
        {t(w.text.notRead)} <a href="/">{t(w.text.reload)}</a>
      </Notice>
    </main>
  );
}
