import type { JSX } from "preact";
import { type ChartColumn, ChartFrame, type ChartProps } from "./chart-frame.tsx";

/** A line for each series over the day: how something rose and fell. Each has dashes of its own. */
export function LineChart(props: ChartProps): JSX.Element {
  const { series, columns } = props;
  const values = columns.flatMap((column) => series.map(({ key }) => column.values[key] ?? 0));
  return (
    <ChartFrame chart={props} highest={Math.max(0, ...values)}>
      {({ x, y }) =>
        series.map(({ key, colour, dash }) => (
          <path
            key={key}
            d={pathOf(columns, key, x, y)}
            fill="none"
            stroke={colour}
            stroke-width="2.5"
            stroke-linejoin="round"
            stroke-dasharray={dash}
          />
        ))
      }
    </ChartFrame>
  );
}

function pathOf(
  columns: readonly ChartColumn[],
  key: string,
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  return columns
    .map(
      ({ values }, at) =>
        `${at === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(values[key] ?? 0).toFixed(1)}`,
    )
    .join("");
}
