import { BellRing, UserPlus } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { EmergencyView } from "../../../views/medical-emergency.ts";
import type { MedicalQueue, Visit } from "../../../views/medical-queue.ts";
import { postJson } from "../../api/client.ts";
import { useResource } from "../../api/resource.ts";
import type { ViewAnswer } from "../../api/shapes.ts";
import { Badge, type Tone } from "../../design/badge.tsx";
import { Button, FileLink } from "../../design/button.tsx";
import { choicesOf, FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { say } from "../../design/toast.tsx";
import { useMe } from "../../shell/access.ts";
import { ServicePage } from "../../shell/service-page.tsx";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { type Phrase, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import { Crews } from "./crews.tsx";
import { Lookups } from "./lookups.tsx";

const tones: Readonly<Record<Visit["state"], Tone>> = {
  waiting: "care",
  called: "info",
  seen: "good",
  left: "none",
  mistake: "none",
};

/** What a reception does with a visit; each is an event, and what was before stays. */
type Act = (visit: Visit, how: "call" | "seen" | "left" | "mistake") => void;

/** Who waits in which clinic, by number; the reception calls, and says how each visit ended. */
export function Medical(): JSX.Element {
  const w = useWords();
  const { number, day: dayName } = useFormat();
  const { scopes, bound } = useMe();
  const isBound = bound.has("medical:read");
  const mayAct = scopes.has("medical:write");
  const { value, code, reload } = useResource<ViewAnswer<MedicalQueue>>(
    "/api/views/medical.reception",
  );
  const [isReceiving, setReceiving] = useState(false);
  const day = value?.view?.days[0];
  const visits = day?.clinics.flatMap((clinic) => clinic.visits) ?? [];
  const count = (state: Visit["state"]) => visits.filter((one) => one.state === state).length;
  const act: Act = (one, how) => {
    const { visit, slip } = one;
    const sent =
      how === "call"
        ? postJson("/api/medical/calls", { visit })
        : postJson("/api/medical/visit-ends", { visit, how });
    void sent.then(async ({ ok }) => {
      const done: Phrase = how === "call" ? w.clinic.called : w.text.recorded;
      say(ok ? "good" : "bad", ok ? t(done, { n: slip }) : t(w.text.notDone));
      await reload();
    });
  };
  return (
    <ServicePage
      name="medical"
      code={code}
      facts={[
        {
          name: t(w.visit.waiting),
          value: number(count("waiting")),
          note: day ? dayName(day.day) : undefined,
        },
        { name: t(w.visit.called), value: number(count("called")) },
        { name: t(w.visit.seen), value: number(count("seen")) },
      ]}
      tools={
        <>
          {mayAct ? (
            <Button look="key" onClick={() => setReceiving(true)}>
              <UserPlus size={20} aria-hidden="true" />
              {t(w.clinic.receive)}
            </Button>
          ) : null}
          {isBound ? null : (
            <FileLink href="/api/medical/notices-owed.csv">{t(w.clinic.noticesOwed)}</FileLink>
          )}
        </>
      }
    >
      {day?.clinics.map((one) => (
        <Clinic key={one.clinic ?? ""} {...one} day={day.day} {...(mayAct ? { act } : {})} />
      )) ?? <p class="empty sheet">{t(w.text.nothingLive)}</p>}
      {isBound ? null : <Emergencies mayAct={mayAct} />}
      {isReceiving ? (
        <ByHand
          clinic={day?.clinics[0]?.clinic ?? ""}
          onClose={() => setReceiving(false)}
          onDone={reload}
        />
      ) : null}
    </ServicePage>
  );
}

/** Crews are of the whole city: whoever is bound to a clinic has no part in them. */
function Emergencies({ mayAct }: { readonly mayAct: boolean }): JSX.Element {
  const { value, reload } = useResource<ViewAnswer<EmergencyView>>("/api/views/medical.emergency");
  const { lookups = [], crews = [] } = value?.view ?? {};
  return (
    <>
      <Lookups {...{ lookups, mayAct }} onDone={reload} />
      <Crews {...{ crews, mayAct }} onDone={reload} />
    </>
  );
}

/** Somebody without a face or a card here gets a number all the same. */
function ByHand(props: {
  readonly clinic: string;
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  return (
    <FormDialog
      title={t(w.clinic.receive)}
      act={w.clinic.receive}
      path="/api/medical/receptions"
      fields={[
        { key: "clinic", name: w.clinic.clinic, kind: "text", start: props.clinic },
        { key: "why", name: w.clinic.why, kind: "select", choices: choicesOf(w.byHand) },
      ]}
      onClose={props.onClose}
      onDone={async () => {
        props.onClose();
        say("good", t(w.text.recorded));
        await props.onDone();
      }}
    />
  );
}

function Clinic(props: {
  readonly clinic: string | null;
  readonly visits: readonly Visit[];
  readonly day: string;
  readonly act?: Act;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { clinic, visits, day, act } = props;
  const next = visits.find(({ state }) => state === "waiting");
  return (
    <Sheet
      title={clinic ?? t(w.clinic.noPlace)}
      tools={
        <>
          {act && next ? (
            <Button look="key" onClick={() => act(next, "call")}>
              <BellRing size={20} aria-hidden="true" />
              {t(w.clinic.callNext)}
            </Button>
          ) : null}
          {clinic === null ? null : (
            <FileLink href={`/api/medical/queue.csv?clinic=${clinic}&day=${day}`}>CSV</FileLink>
          )}
        </>
      }
    >
      <Table
        name={clinic ?? "—"}
        columns={columnsOf(w, format, act)}
        rows={visits}
        keyOf={({ visit }) => `${visit.device} ${visit.sequence}`}
        empty={t(w.text.nothingYet)}
      />
    </Sheet>
  );
}

function columnsOf(w: Words, { time }: Format, act: Act | undefined): readonly Column<Visit>[] {
  const columns: Column<Visit>[] = [
    { title: t(w.text.number), cell: (one) => one.slip },
    { title: t(w.text.time), isMinor: true, cell: ({ at }) => time(at) },
    {
      title: t(w.text.state),
      cell: ({ state }) => <Badge tone={tones[state]}>{t(w.visit[state])}</Badge>,
    },
  ];
  if (!act) return columns;
  return [
    ...columns,
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (one) => {
        const isOpen = one.state === "waiting" || one.state === "called";
        if (!isOpen) return null;
        return (
          <span class="page-tools">
            {one.state === "waiting" ? (
              <Button onClick={() => act(one, "call")}>{t(w.clinic.call)}</Button>
            ) : null}
            {(["seen", "left", "mistake"] as const).map((how) => (
              <Button key={how} look="quiet" onClick={() => act(one, how)}>
                {t(w.clinic[how])}
              </Button>
            ))}
          </span>
        );
      },
    },
  ];
}
