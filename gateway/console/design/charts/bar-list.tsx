import type { ComponentChildren, JSX } from "preact";

export interface BarRow {
  readonly name: ComponentChildren;
  readonly value: number;
  /** The whole that the value is a part of; the largest value where it is not said. */
  readonly of?: number | undefined;
  readonly tone?: "good" | "care" | "bad" | undefined;
}

/** Names with a bar and a number each. The number is written, so the bar adds nothing for whoever listens. */
export function BarList(props: {
  readonly rows: readonly BarRow[];
  readonly number: (value: number) => string;
}): JSX.Element {
  const most = Math.max(1, ...props.rows.map(({ value }) => value));
  return (
    <ul class="bar-list">
      {props.rows.map(({ name, value, of, tone }, at) => (
        <li key={at}>
          <span>{name}</span>
          <b class="number">
            {props.number(value)}
            {of === undefined ? null : <small> / {props.number(of)}</small>}
          </b>
          <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" data-tone={tone}>
            <rect width="100" height="4" class="bar-all" />
            <rect
              width={Math.min(100, (100 * value) / Math.max(1, of ?? most))}
              height="4"
              class="bar-part"
            />
          </svg>
        </li>
      ))}
    </ul>
  );
}
