import type { ComponentChildren, JSX } from "preact";
import { useWidth } from "../use-width.ts";

export interface Series {
  readonly key: string;
  readonly name: ComponentChildren;
  /** A colour of the tokens, as `var(--…)`. */
  readonly colour: string;
  /** Of a line, so that it is told without its colour: lengths of dash and gap, or nothing for a whole one. */
  readonly dash?: string;
}

export interface ChartColumn {
  readonly label: string;
  readonly values: Readonly<Record<string, number>>;
}

export interface ChartProps {
  readonly series: readonly Series[];
  readonly columns: readonly ChartColumn[];
  /** What the chart shows, in a sentence, for whoever does not see it. */
  readonly summary: string;
  readonly number: (value: number) => string;
  /** Every n-th label is written, or fewer where they would run into each other. */
  readonly labelEvery?: number;
}

/** Where on the drawing things are, in pixels. */
export interface Scales {
  readonly inner: number;
  /** Of one column. */
  readonly step: number;
  readonly top: number;
  /** The middle of a column. */
  x(at: number): number;
  y(value: number): number;
}

const heightPx = 208;
const padding = { top: 12, bottom: 28, left: 44, right: 4 };
/** Of a digit in a label, and between two labels. */
const digitPx = 8;

/** A round number at or above a value, for the top of an axis: 1, 2 or 5 times a power of ten. */
function niceCeiling(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 4, 5, 10]) if (value <= step * power) return step * power;
  return 10 * power;
}

/** The axis, the labels and the sentence of a chart; what is drawn into it is its child's. */
export function ChartFrame(props: {
  readonly chart: ChartProps;
  /** The highest value that is drawn, at least 0. */
  readonly highest: number;
  readonly children: (scales: Scales) => ComponentChildren;
}): JSX.Element {
  const { columns, summary, number, labelEvery = 1 } = props.chart;
  const { element, width } = useWidth();
  const top = niceCeiling(props.highest);
  const inner = heightPx - padding.top - padding.bottom;
  const y = (value: number) => padding.top + inner * (1 - value / top);
  const step = (width - padding.left - padding.right) / Math.max(1, columns.length);
  const x = (at: number) => padding.left + step * (at + 0.5);
  const labelPx = digitPx * (1 + Math.max(1, ...columns.map(({ label }) => label.length)));
  let every = labelEvery;
  while (every * step < labelPx && every < columns.length) every *= 2;
  return (
    <figure class="chart" ref={element as never}>
      <svg
        width={width}
        height={heightPx}
        viewBox={`0 0 ${width} ${heightPx}`}
        role="img"
        aria-label={summary}
      >
        {[0, top / 2, top].map((value) => (
          <g key={value}>
            <line class="axis" x1={padding.left} x2={width} y1={y(value)} y2={y(value)} />
            <text x={padding.left - 8} y={y(value) + 4} text-anchor="end">
              {number(value)}
            </text>
          </g>
        ))}
        {columns.map(({ label }, at) =>
          at % every === 0 ? (
            <text key={label} x={x(at)} y={heightPx - 8} text-anchor="middle">
              {label}
            </text>
          ) : null,
        )}
        {props.children({ inner, step, top, x, y })}
      </svg>
    </figure>
  );
}
