import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Column<Row> {
  readonly title: ComponentChildren;
  cell(row: Row): ComponentChildren;
  /** Left out where the page is narrow. */
  readonly isMinor?: boolean;
  readonly isNumber?: boolean;
  /** Holds buttons alone, which nobody presses on paper. */
  readonly isOnScreen?: boolean;
  /** Share of the width, for long lists; where the page is narrow only that of `narrow` counts. */
  readonly width?: string;
  readonly narrow?: string;
}

export interface TableProps<Row> {
  /** What the table shows, for whoever hears it. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string | number;
  readonly selected?: string | number | undefined;
  readonly empty: ComponentChildren;
}

/** Longer lists are drawn only where one looks: ten thousand rows are as light as forty. */
const drawnWholeMax = 80;
/** Of a long list's rows, in CSS pixels; `data.css` gives them this height. */
const rowPx = 48;
const aroundRows = 12;

export function Table<Row>(props: TableProps<Row>): JSX.Element {
  if (props.rows.length === 0) return <p class="empty">{props.empty}</p>;
  return props.rows.length > drawnWholeMax ? <LongTable {...props} /> : <ShortTable {...props} />;
}

function ShortTable<Row>(props: TableProps<Row>): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, and this is no landmark either
    <div class="table-frame" tabIndex={0} role="group" aria-label={props.name}>
      <table class="table">
        <caption class="hidden-text">{props.name}</caption>
        <Head {...props} />
        <tbody>
          {props.rows.map((row, at) => (
            <Line key={props.keyOf(row)} {...props} row={row} at={at} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LongTable<Row>(props: TableProps<Row>): JSX.Element {
  const { rows, name, columns, keyOf } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [{ from, to }, setWindow] = useState({ from: 0, to: 40 });
  const look = () => {
    const element = frame.current;
    if (!element) return;
    const first = Math.floor(element.scrollTop / rowPx);
    const shown = Math.ceil(element.clientHeight / rowPx);
    // Moved in steps, so that most scroll events draw nothing.
    const start = Math.max(0, Math.floor((first - aroundRows) / aroundRows) * aroundRows);
    const end = start + shown + 4 * aroundRows;
    setWindow((now) => (now.from === start && now.to === end ? now : { from: start, to: end }));
  };
  useLayoutEffect(look, [rows.length]);
  // On paper nobody scrolls: all of the list stands there before the browser counts its pages.
  useLayoutEffect(() => {
    const drawAll = () => setWindow({ from: 0, to: rows.length });
    addEventListener("beforeprint", drawAll);
    addEventListener("afterprint", look);
    return () => {
      removeEventListener("beforeprint", drawAll);
      removeEventListener("afterprint", look);
    };
  }, [rows.length]);
  const last = Math.min(to, rows.length);
  const gap = (count: number) => (
    <tr data-gap style={{ height: `${count * rowPx}px` }}>
      <td colSpan={columns.length} />
    </tr>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, and this is no landmark either
    <div
      class="table-frame"
      data-tall
      ref={frame}
      onScroll={look}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
      tabIndex={0}
      role="group"
      aria-label={name}
    >
      <table class="table" aria-rowcount={rows.length + 1}>
        <caption class="hidden-text">{name}</caption>
        <Head {...props} />
        <tbody>
          {from > 0 ? gap(from) : null}
          {rows.slice(from, last).map((row, at) => (
            <Line key={keyOf(row)} {...props} row={row} at={from + at} isLong />
          ))}
          {last < rows.length ? gap(rows.length - last) : null}
        </tbody>
      </table>
    </div>
  );
}

function Head<Row>({ columns }: Pick<TableProps<Row>, "columns">): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map(({ title, isMinor, isNumber, isOnScreen, width, narrow }, at) => (
          <th
            key={at}
            scope="col"
            data-minor={isMinor}
            data-number={isNumber}
            data-screen={isOnScreen}
            style={{ "--column": width, "--narrow": narrow }}
          >
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Line<Row>(
  props: TableProps<Row> & { readonly row: Row; readonly at: number; readonly isLong?: boolean },
): JSX.Element {
  const { row, at, columns, keyOf, selected, isLong } = props;
  const isSelected = selected !== undefined && keyOf(row) === selected;
  return (
    <tr data-selected={isSelected || undefined} {...(isLong ? { "aria-rowindex": at + 2 } : {})}>
      {columns.map(({ cell, isMinor, isNumber, isOnScreen }, column) => (
        <td key={column} data-minor={isMinor} data-number={isNumber} data-screen={isOnScreen}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}
