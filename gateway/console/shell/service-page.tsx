import type { ComponentChildren, JSX } from "preact";
import { Notice } from "../design/badge.tsx";
import { type FigureFact, Figures } from "../design/sheet.tsx";
import type { PageName } from "../page-paths.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { PageHead } from "./page-head.tsx";

/** The frame of a service's page: its head, whether the gateway answers, how many of what, and the rest. */
export function ServicePage(props: {
  readonly name: PageName;
  readonly tools?: ComponentChildren;
  /** Why the newest reading failed. */
  readonly code: string | undefined;
  readonly facts: readonly FigureFact[];
  readonly children: ComponentChildren;
}): JSX.Element {
  const w = useWords();
  const { name, tools, code, facts, children } = props;
  return (
    <>
      <PageHead title={w.page[name]} lead={t(w.lead[name])} tools={tools} />
      <div class="stack">
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        <section class="sheet" aria-label={plain(w.text.now)}>
          <Figures facts={facts} />
        </section>
        {children}
      </div>
    </>
  );
}
