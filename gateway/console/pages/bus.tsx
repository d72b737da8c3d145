import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BusServiceDay } from "../../views/bus-service-day.ts";
import { useResource } from "../api/resource.ts";
import type { ActivityAnswer, BusAnswer } from "../api/shapes.ts";
import { Notice } from "../design/badge.tsx";
import { FileLink } from "../design/button.tsx";
import { BarList } from "../design/charts/bar-list.tsx";
import { ChartSheet } from "../design/charts/chart-sheet.tsx";
import { Select } from "../design/field.tsx";
import { Figures, Sheet } from "../design/sheet.tsx";
import { type Column, Table } from "../design/table.tsx";
import { useAllowed, useMe } from "../shell/access.ts";
import { PageHead } from "../shell/page-head.tsx";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { BusLoads } from "./bus-loads.tsx";
import { hoursOf } from "./hours.ts";

type Vehicle = BusServiceDay["vehicles"][number];

/** Who boarded where: by vehicle, by stop, and over the day. Numbers, no persons. */
export function BusPage(): JSX.Element {
  const w = useWords();
  const { day: dayName, number, yen } = useFormat();
  const isBound = useMe().bound.has("bus:read");
  const { value, code } = useResource<BusAnswer>("/api/views/bus.boarding");
  const [chosen, setChosen] = useState<string>();
  const view = value?.view;
  const names = view?.serviceDays.map(({ day }) => day) ?? [];
  const name = chosen ?? names[0];
  const day = view?.serviceDays.find((one) => one.day === name);
  const taps = view?.days.find((one) => one.day === name)?.devices ?? [];
  const sum = (key: "boarded" | "alighted" | "refused" | "askedForCard") =>
    taps.reduce((total, device) => total + device[key], 0);
  return (
    <>
      <PageHead
        title={w.page.bus}
        lead={t(w.lead.bus)}
        tools={
          name ? (
            <>
              {isBound ? null : <FileLink href={`/api/bus/days/${name}/rides.csv`}>CSV</FileLink>}
              <FileLink href="/api/views/bus.boarding" isPage>
                JSON
              </FileLink>
            </>
          ) : null
        }
      />
      <div class="stack">
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        {value && !day ? <p class="empty sheet">{t(w.text.nothingLive)}</p> : null}
        {day ? (
          <>
            <section class="sheet" aria-label={dayName(day.day)}>
              <div class="toolbar">
                <Select
                  name={t(w.text.day)}
                  value={day.day}
                  choices={names.map((one) => ({ value: one, name: dayName(one) }))}
                  onChange={setChosen}
                />
              </div>
              <Figures
                facts={[
                  { name: t(w.text.boarded), value: number(sum("boarded")) },
                  { name: t(w.text.alighted), value: number(sum("alighted")) },
                  { name: t(w.text.askedForCard), value: number(sum("askedForCard")) },
                  { name: t(w.text.refusedCount), value: number(sum("refused")) },
                  { name: t(w.text.fares), value: yen(day.fares.yen) },
                ]}
              />
            </section>
            <ByHour day={day.day} />
            <BusLoads day={day.day} />
            <div class="grid-2">
              <Vehicles vehicles={day.vehicles} />
              <Stops day={day} />
            </div>
          </>
        ) : null}
      </div>
    </>
  );
}

/** Boardings hour by hour. */
function ByHour({ day }: { readonly day: string }): JSX.Element | null {
  const w = useWords();
  const { number, day: dayName } = useFormat();
  const { value } = useResource<ActivityAnswer>(useAllowed("events:read", "/api/views/activity"));
  const hours = value?.view?.days.find((one) => one.day === day)?.hours;
  if (!hours) return null;
  const columns = hoursOf(hours).map((hour) => {
    const counts = hours.find((one) => one.hour === hour)?.services["bus.boarding"];
    return { label: `${hour}`, values: { admit: counts?.admit ?? 0, ask: counts?.ask ?? 0 } };
  });
  const all = columns.reduce((total, { values }) => total + values.admit, 0);
  return (
    <ChartSheet
      title={t(w.text.boardingsByHour)}
      summary={plain(w.text.boardingsSummary, { day: dayName(day), n: number(all) })}
      series={[
        { key: "admit", name: t(w.outcome.admit), colour: "var(--chart-admit)" },
        { key: "ask", name: t(w.outcome["ask-card"]), colour: "var(--chart-ask)" },
      ]}
      columns={columns}
      columnName={t(w.text.hour)}
      labelEvery={2}
    />
  );
}

function Vehicles({ vehicles }: { readonly vehicles: readonly Vehicle[] }): JSX.Element {
  const w = useWords();
  const { number } = useFormat();
  const columns: readonly Column<Vehicle>[] = [
    { title: t(w.text.vehicle), cell: ({ vehicle }) => vehicle },
    { title: t(w.text.onBoard), isNumber: true, cell: ({ load }) => number(load) },
    { title: t(w.text.mostOnBoard), isNumber: true, cell: ({ loadMax }) => number(loadMax) },
    { title: t(w.text.boarded), isNumber: true, cell: ({ boarded }) => number(boarded) },
    {
      title: t(w.text.alighted),
      isNumber: true,
      isMinor: true,
      cell: ({ alighted }) => number(alighted),
    },
    {
      title: t(w.text.stop),
      isMinor: true,
      cell: ({ stop, stopName }) => <span lang="ja">{stopName ?? stop}</span>,
    },
  ];
  return (
    <Sheet title={t(w.text.byVehicle)}>
      <Table
        name={plain(w.text.byVehicle)}
        columns={columns}
        rows={vehicles}
        keyOf={({ vehicle }) => vehicle}
        empty={t(w.text.nothingYet)}
      />
    </Sheet>
  );
}

/** Where people got on, of the rides whose both ends are known. */
function Stops({ day }: { readonly day: BusServiceDay }): JSX.Element {
  const w = useWords();
  const { number } = useFormat();
  const from = new Map<string, number>();
  const names = new Map(day.journeys.map((one) => [one.from, one.fromName ?? one.from]));
  for (const one of day.journeys) from.set(one.from, (from.get(one.from) ?? 0) + one.people);
  const rows = [...from]
    .sort(([, a], [, b]) => b - a)
    .map(([stop, value]) => ({ name: <span lang="ja">{names.get(stop)}</span>, value }));
  return (
    <Sheet title={t(w.text.byStop)}>
      {rows.length === 0 ? (
        <p class="empty">{t(w.text.noStops)}</p>
      ) : (
        <BarList rows={rows.slice(0, 12)} number={number} />
      )}
    </Sheet>
  );
}
