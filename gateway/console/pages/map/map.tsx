import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BoxPlace } from "../../../map/places.ts";
import { useResource } from "../../api/resource.ts";
import type { DevicesAnswer } from "../../api/shapes.ts";
import { Badge, Notice } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { PageHead } from "../../shell/page-head.tsx";
import { addressOf } from "../../shell/route.ts";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import { byUrgency, conditionOf, toneOf } from "../device-state.ts";
import { type City, CityPlan } from "./city-plan.tsx";
import type { PlacedBox } from "./placed-box.ts";

/** Where the boxes are and how they fare: a plan to look at, and the same as a list to read. */
export function MapPage(): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const city = useResource<City>("/api/map");
  const places = useResource<{ boxes: readonly BoxPlace[] }>("/api/map/boxes");
  const devices = useResource<DevicesAnswer>("/api/devices");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const placeOf = new Map(places.value?.boxes.map((one) => [one.device as string, one]));
  const all: readonly PlacedBox[] = [...(devices.value?.devices ?? [])]
    .filter(({ registered }) => registered === "active")
    .sort(byUrgency)
    .map((box) => ({ box, place: placeOf.get(box.device) }));
  const drawn = all.flatMap((one) => (one.place?.at ? [{ ...one, at: one.place.at }] : []));
  const listed = chosen.size === 0 ? all : all.filter(({ box }) => chosen.has(box.device));
  const stops = city.value?.stops ?? [];
  const nameOf = (id: string) => stops.find((stop) => stop.id === id)?.name ?? id;
  const isEmpty = city.value && places.value && stops.length === 0 && drawn.length === 0;
  return (
    <>
      <PageHead title={w.page.map} lead={t(w.lead.map)} />
      <div class="stack">
        {(city.code ?? places.code ?? devices.code) ? (
          <Notice tone="bad">{t(w.text.notRead)}</Notice>
        ) : null}
        <div class="grid-map">
          <Sheet title={t(w.map.plan)}>
            {isEmpty ? <p class="empty">{t(w.map.nowhere)}</p> : null}
            {city.value && (stops.length > 0 || drawn.length > 0) ? (
              <CityPlan
                city={city.value}
                boxes={drawn}
                chosen={chosen}
                onChoose={(names) => setChosen(new Set(names))}
              />
            ) : null}
          </Sheet>
          <Sheet
            title={t(w.map.list)}
            tools={
              chosen.size > 0 ? (
                <Button onClick={() => setChosen(new Set())}>{t(w.map.everywhere)}</Button>
              ) : null
            }
          >
            <Table
              name={plain(w.map.list)}
              columns={columnsOf(w, format, nameOf)}
              rows={listed}
              keyOf={({ box }) => box.device}
              empty={t(w.text.noBoxYet)}
            />
          </Sheet>
        </div>
      </div>
    </>
  );
}

function columnsOf(
  w: Words,
  { ago }: Format,
  nameOf: (stop: string) => string,
): readonly Column<PlacedBox>[] {
  return [
    {
      title: t(w.text.box),
      cell: ({ box }) => <a href={addressOf("devices", { box: box.device })}>{box.device}</a>,
    },
    {
      title: t(w.text.state),
      cell: ({ box }) => {
        const condition = conditionOf(box);
        return <Badge tone={toneOf[condition]}>{t(w.condition[condition])}</Badge>;
      },
    },
    {
      title: t(w.text.where),
      cell: ({ place }) => {
        if (!place) return <span class="quiet">{t(w.map.unplaced)}</span>;
        const { vehicle, stop } = place;
        if (vehicle === null) return t(w.map.fixed);
        return stop === null
          ? t(w.map.onBusSomewhere, { vehicle })
          : t(w.map.onBus, { vehicle, stop: nameOf(stop) });
      },
    },
    {
      title: t(w.text.lastHeard),
      isMinor: true,
      cell: ({ box: { lastHeardAt } }) => (lastHeardAt ? ago(lastHeardAt) : t(w.text.neverHeard)),
    },
  ];
}
