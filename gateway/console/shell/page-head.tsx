import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Phrase, plain, t } from "../words/phrase.ts";

/** The top of a page: its name, what it is for, and what one can take away from it. */
export function PageHead(props: {
  readonly title: Phrase;
  readonly lead?: ComponentChildren;
  readonly tools?: ComponentChildren;
}): JSX.Element {
  const name = plain(props.title);
  useEffect(() => {
    document.title = `${name} · 手ぶら Tebura`;
  }, [name]);
  return (
    <header class="page-head">
      <div>
        <h1>{t(props.title)}</h1>
        {props.lead ? <p>{props.lead}</p> : null}
      </div>
      {props.tools ? <div class="page-tools">{props.tools}</div> : null}
    </header>
  );
}
