import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { DayLoads } from "../../bus/loads.ts";
import { useResource } from "../api/resource.ts";
import { ChartSheet } from "../design/charts/chart-sheet.tsx";
import { Select } from "../design/field.tsx";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";

/** Lines that one tells apart on one chart. */
const linesMax = 5;
const looks = [
  { colour: "var(--chart-admit)", dash: "" },
  { colour: "var(--chart-ask)", dash: "10 4" },
  { colour: "var(--chart-refuse)", dash: "2 4" },
  { colour: "var(--good)", dash: "14 4 2 4" },
  { colour: "var(--quiet)", dash: "6 6" },
] as const;

/** How full each bus was over the day, a quarter of an hour at a time: one of them, or the fullest. */
export function BusLoads({ day }: { readonly day: string }): JSX.Element | null {
  const w = useWords();
  const { number, hour, day: dayName } = useFormat();
  const { value } = useResource<DayLoads>(`/api/bus/days/${day}/loads`);
  const [chosen, setChosen] = useState("");
  if (!value || value.from === null) return null;
  const { from, stepMs } = value;
  const most = (loads: readonly number[]) => Math.max(0, ...loads);
  const fullest = [...value.vehicles].sort((a, b) => most(b.loads) - most(a.loads));
  const shown = fullest.filter(({ vehicle }, at) =>
    chosen === "" ? at < linesMax : vehicle === chosen,
  );
  const steps = value.vehicles[0]?.loads.length ?? 0;
  const columns = Array.from({ length: steps }, (_, at) => ({
    label: hour(from + at * stepMs),
    values: Object.fromEntries(shown.map(({ vehicle, loads }) => [vehicle, loads[at] ?? 0])),
  }));
  const peak = Math.max(0, ...shown.map(({ loads }) => most(loads)));
  return (
    <ChartSheet
      as="lines"
      title={t(w.load.title)}
      summary={plain(w.load.summary, { day: dayName(day), n: number(peak) })}
      series={shown.map(({ vehicle }, at) => ({
        ...{ key: vehicle, name: vehicle },
        ...(looks[at % looks.length] ?? looks[0]),
      }))}
      columns={columns}
      columnName={t(w.text.time)}
      labelEvery={Math.max(1, Math.ceil(steps / 8))}
      tools={
        <div class="toolbar">
          <Select
            name={t(w.load.vehicle)}
            value={chosen}
            choices={[
              { value: "", name: plain(w.load.fullest) },
              ...value.vehicles.map(({ vehicle }) => ({ value: vehicle, name: vehicle })),
            ]}
            onChange={setChosen}
          />
        </div>
      }
    />
  );
}
