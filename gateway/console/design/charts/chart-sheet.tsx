import { ChartColumn as ChartIcon, Table2 } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import { IconButton } from "../button.tsx";
import { Sheet } from "../sheet.tsx";
import { Table } from "../table.tsx";
import type { ChartColumn, Series } from "./chart-frame.tsx";
import { Legend } from "./legend.tsx";
import { LineChart } from "./line-chart.tsx";
import { StackChart } from "./stack-chart.tsx";

/** A chart on a sheet, and the same numbers as a table for whoever would rather read them. */
export function ChartSheet(props: {
  readonly title: ComponentChildren;
  readonly summary: string;
  readonly series: readonly Series[];
  readonly columns: readonly ChartColumn[];
  readonly columnName: ComponentChildren;
  readonly labelEvery?: number;
  /** Columns of parts, or a line for each series. */
  readonly as?: "columns" | "lines";
  readonly tools?: ComponentChildren;
}): JSX.Element {
  const { title, summary, series, columns, columnName, labelEvery, as = "columns" } = props;
  const Chart = as === "lines" ? LineChart : StackChart;
  const [isTable, setTable] = useState(false);
  const { number } = useFormat();
  const w = useWords();
  const rows = columns.filter(({ values }) => Object.values(values).some((value) => value > 0));
  const tool = (
    <IconButton
      name={plain(isTable ? w.text.showAsChart : w.text.showAsTable)}
      onClick={() => setTable(!isTable)}
    >
      {isTable ? (
        <ChartIcon size={20} aria-hidden="true" />
      ) : (
        <Table2 size={20} aria-hidden="true" />
      )}
    </IconButton>
  );
  return (
    <Sheet title={title} tools={tool}>
      {props.tools}
      {isTable ? (
        <Table
          name={summary}
          rows={rows}
          keyOf={({ label }) => label}
          empty={t(w.text.nothingYet)}
          columns={[
            { title: columnName, cell: ({ label }) => label },
            ...series.map(({ key, name }) => ({
              title: name,
              isNumber: true,
              cell: ({ values }: ChartColumn) => number(values[key] ?? 0),
            })),
          ]}
        />
      ) : (
        <>
          <Chart
            {...{ series, columns, summary, number }}
            {...(labelEvery === undefined ? {} : { labelEvery })}
          />
          <Legend series={series} />
        </>
      )}
    </Sheet>
  );
}
