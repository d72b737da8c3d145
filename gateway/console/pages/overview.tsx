import { Pause, Play } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useResource } from "../api/resource.ts";
import type { ActivityAnswer, DevicesAnswer, QuarantineAnswer } from "../api/shapes.ts";
import { Button } from "../design/button.tsx";
import type { ChartColumn, Series } from "../design/charts/chart-frame.tsx";
import { ChartSheet } from "../design/charts/chart-sheet.tsx";
import { Figures, Sheet } from "../design/sheet.tsx";
import { live } from "../live/stream.ts";
import { useAllowed, useMe } from "../shell/access.ts";
import { PageHead } from "../shell/page-head.tsx";
import { addressOf } from "../shell/route.ts";
import { useStore } from "../store.ts";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { conditionOf } from "./device-state.ts";
import { hoursOf } from "./hours.ts";
import { LiveEvents } from "./live-events.tsx";
import { Plan } from "./plan.tsx";

/** What is going on in the city, at a glance. */
export function Overview(): JSX.Element {
  const w = useWords();
  const { scopes } = useMe();
  const seesEvents = scopes.has("events:read");
  const [isPaused, setPaused] = useState(false);
  return (
    <>
      <PageHead title={w.page.overview} lead={t(w.lead.overview)} />
      <div class="stack">
        <Numbers />
        <Day />
        <div class="grid-wide">
          <Boxes />
          {seesEvents ? (
            <Sheet
              title={t(w.text.liveEvents)}
              tools={
                <Button look="quiet" pressed={isPaused} onClick={() => setPaused(!isPaused)}>
                  {isPaused ? (
                    <Play size={18} aria-hidden="true" />
                  ) : (
                    <Pause size={18} aria-hidden="true" />
                  )}
                  {t(isPaused ? w.text.goOn : w.text.pause)}
                </Button>
              }
            >
              <LiveEvents isPaused={isPaused} most={10} />
            </Sheet>
          ) : null}
        </div>
      </div>
    </>
  );
}

function Numbers(): JSX.Element {
  const w = useWords();
  const { number } = useFormat();
  const count = useStore(live, (now) => now.count);
  const devices =
    useResource<DevicesAnswer>(useAllowed("devices:read", "/api/devices")).value?.devices ?? [];
  const refused =
    useResource<QuarantineAnswer>(useAllowed("quarantine:read", "/api/quarantine?limit=1000")).value
      ?.refused ?? [];
  const active = devices.filter(({ registered }) => registered === "active");
  const well = active.filter((device) => conditionOf(device) === "well");
  const waiting = active.reduce((sum, { health }) => sum + (health?.outboxDepth ?? 0), 0);
  const silent = active.filter((device) => device.silent).length;
  return (
    <section class="sheet" aria-label={plain(w.text.now)}>
      <Figures
        facts={[
          {
            name: t(w.text.boxesWell),
            value: number(well.length),
            unit: `/ ${number(active.length)}`,
            note:
              silent > 0 ? (
                <a href={addressOf("devices")}>{t(w.text.silentCount, { n: silent })}</a>
              ) : (
                t(w.text.nobodySilent)
              ),
          },
          { name: t(w.text.ledgerEntries), value: number(count), note: t(w.text.eachSigned) },
          { name: t(w.text.waitingEvents), value: number(waiting), note: t(w.text.waitingNote) },
          {
            name: t(w.text.inQuarantine),
            value: number(refused.length),
            note: <a href={addressOf("quarantine")}>{t(w.text.seeReasons)}</a>,
          },
        ]}
      />
    </section>
  );
}

/** Decisions by the hour of the newest day. */
function Day(): JSX.Element | null {
  const w = useWords();
  const { number, day: dayName } = useFormat();
  const { value } = useResource<ActivityAnswer>(useAllowed("events:read", "/api/views/activity"));
  const newest = value?.view?.days[0];
  if (!newest) return null;
  const series: readonly Series[] = [
    { key: "admit", name: t(w.outcome.admit), colour: "var(--chart-admit)" },
    { key: "ask", name: t(w.outcome["ask-card"]), colour: "var(--chart-ask)" },
    { key: "refuse", name: t(w.outcome.refuse), colour: "var(--chart-refuse)" },
  ];
  const sums = { admit: 0, ask: 0, refuse: 0 };
  const columns: ChartColumn[] = hoursOf(newest.hours).map((hour) => {
    const values = { admit: 0, ask: 0, refuse: 0 };
    for (const one of Object.values(newest.hours.find((at) => at.hour === hour)?.services ?? {})) {
      for (const key of ["admit", "ask", "refuse"] as const) {
        values[key] += one[key];
        sums[key] += one[key];
      }
    }
    return { label: `${hour}`, values };
  });
  const summary = plain(w.text.daySummary, {
    day: dayName(newest.day),
    admit: number(sums.admit),
    ask: number(sums.ask),
    refuse: number(sums.refuse),
  });
  return (
    <ChartSheet
      title={
        <>
          {t(w.text.decisionsByHour)} <span class="chart-day quiet">{dayName(newest.day)}</span>
        </>
      }
      {...{ summary, series, columns }}
      columnName={t(w.text.hour)}
      labelEvery={2}
    />
  );
}

function Boxes(): JSX.Element {
  const w = useWords();
  const { value } = useResource<DevicesAnswer>(useAllowed("devices:read", "/api/devices"));
  return (
    <Sheet title={t(w.text.boxesBySite)} tools={<a href={addressOf("devices")}>{t(w.text.all)}</a>}>
      <Plan devices={value?.devices ?? []} />
    </Sheet>
  );
}
