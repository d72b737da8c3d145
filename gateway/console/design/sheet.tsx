import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

/** A part of a page with a title of its own. */
export function Sheet(props: {
  readonly title: ComponentChildren;
  readonly tools?: ComponentChildren;
  /** Nothing of it is for paper. */
  readonly isOnScreen?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  return (
    <section class={props.isOnScreen ? "sheet no-print" : "sheet"} aria-labelledby={id}>
      <div class="sheet-head">
        <h2 id={id}>{props.title}</h2>
        {props.tools ? <div class="page-tools">{props.tools}</div> : null}
      </div>
      {props.children}
    </section>
  );
}

export interface FigureFact {
  readonly name: ComponentChildren;
  readonly value: ComponentChildren;
  readonly unit?: ComponentChildren;
  readonly note?: ComponentChildren;
}

/** A row of large numbers. */
export function Figures({ facts }: { readonly facts: readonly FigureFact[] }): JSX.Element {
  return (
    <dl class="figures">
      {facts.map(({ name, value, unit, note }, at) => (
        <div class="figure" key={at}>
          <dt>{name}</dt>
          <dd>
            {value}
            {unit ? <small>{unit}</small> : null}
          </dd>
          {note ? <dd class="figure-note">{note}</dd> : null}
        </div>
      ))}
    </dl>
  );
}

/** Names with what stands behind them. */
export function Pairs(props: {
  readonly of: readonly (readonly [ComponentChildren, ComponentChildren])[];
}): JSX.Element {
  return (
    <dl class="pairs">
      {props.of.map(([name, value], at) => (
        <>
          <dt key={`n${at}`}>{name}</dt>
          <dd key={`v${at}`}>{value}</dd>
        </>
      ))}
    </dl>
  );
}
