import type { JSX } from "preact";
import { type ChartColumn, ChartFrame, type ChartProps, type Scales } from "./chart-frame.tsx";

/** Columns of parts on one another: how much there was of what, hour by hour or day by day. */
export function StackChart(props: ChartProps): JSX.Element {
  const { series, columns } = props;
  const sums = columns.map(({ values }) =>
    series.reduce((sum, { key }) => sum + (values[key] ?? 0), 0),
  );
  return (
    <ChartFrame chart={props} highest={Math.max(0, ...sums)}>
      {(scales) =>
        columns.map((column, at) => (
          <g key={column.label}>{partsOf(column, at, props.series, scales)}</g>
        ))
      }
    </ChartFrame>
  );
}

function partsOf(
  { values }: ChartColumn,
  at: number,
  series: ChartProps["series"],
  { inner, step, top, x, y }: Scales,
) {
  const bar = Math.min(36, step * 0.68);
  let below = 0;
  return series.map(({ key, colour }) => {
    const value = values[key] ?? 0;
    if (value === 0) return null;
    below += value;
    return (
      <rect
        key={key}
        x={x(at) - bar / 2}
        y={y(below)}
        width={bar}
        height={Math.max(1, (inner * value) / top - 1)}
        rx={Math.min(3, bar / 4)}
        fill={colour}
      />
    );
  });
}
