import { Printer } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useResource } from "../api/resource.ts";
import type { ClassesAnswer, SheetAnswer } from "../api/shapes.ts";
import { Badge, Notice } from "../design/badge.tsx";
import { FileLink } from "../design/button.tsx";
import { Field, Select } from "../design/field.tsx";
import { Figures, Sheet } from "../design/sheet.tsx";
import { type Column, Table } from "../design/table.tsx";
import { gatewayNow, timeZone } from "../live/clock.ts";
import { useMe } from "../shell/access.ts";
import { PageHead } from "../shell/page-head.tsx";
import { useStore } from "../store.ts";
import { type Format, useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";
import { ClassCalendars } from "./class-calendars.tsx";
import { Correction } from "./correction.tsx";
import { type PupilRow, statusTones } from "./pupil.ts";

/** Who is at school, class by class; a teacher's word puts it right, with its reason. */
export function Attendance(): JSX.Element {
  const w = useWords();
  const { scopes } = useMe();
  const zone = useStore(timeZone);
  const today = new Intl.DateTimeFormat("en-CA", { ...(zone ? { timeZone: zone } : {}) });
  const [name, setName] = useState<string>();
  const [day, setDay] = useState<string>();
  const [chosen, setChosen] = useState<PupilRow>();
  const classes = useResource<ClassesAnswer>("/api/school/classes");
  const all = classes.value?.classes ?? [];
  const shown = name ?? all[0]?.class;
  const now = gatewayNow();
  const on = day ?? (now === undefined ? undefined : today.format(now));
  const query = shown && on ? `?class=${encodeURIComponent(shown)}&day=${on}` : undefined;
  const sheet = useResource<SheetAnswer>(query && `/api/school/attendance${query}`);
  const { value } = sheet;
  return (
    <>
      <PageHead
        title={w.page.attendance}
        lead={t(w.lead.attendance)}
        tools={query ? <Papers query={query} /> : null}
      />
      <div class="stack">
        {classes.code || sheet.code === "GATEWAY_UNREACHABLE" ? (
          <Notice tone="bad">{t(w.text.notRead)}</Notice>
        ) : null}
        <section class="sheet" aria-label={plain(w.page.attendance)}>
          <div class="toolbar">
            <Select
              name={t(w.text.schoolClass)}
              value={shown ?? ""}
              choices={all.map(({ class: id }) => ({ value: id, name: nameOf(id, value) }))}
              onChange={setName}
            />
            <Field name={t(w.text.day)} type="date" value={on ?? ""} onInput={setDay} />
          </div>
          {value ? <Counts sheet={value} /> : <NoSheet hasClasses={all.length > 0} />}
        </section>
        {value && value.silentBoxes.length > 0 ? (
          <Notice tone="care">
            {t(w.text.silentWarning, { n: value.silentBoxes.length })}{" "}
            <b>{value.silentBoxes.join(", ")}</b>
          </Notice>
        ) : null}
        {value ? (
          <Pupils sheet={value} {...(scopes.has("school:write") ? { onPick: setChosen } : {})} />
        ) : null}
        {shown && scopes.has("school:write") ? (
          <ClassCalendars schoolClass={shown} key={shown} />
        ) : null}
      </div>
      {chosen && shown && on ? (
        <Correction
          pupil={chosen}
          {...{ schoolClass: shown, day: on }}
          onClose={() => setChosen(undefined)}
          onDone={sheet.reload}
        />
      ) : null}
    </>
  );
}

/** The class that is looked at by what the school calls it; another one's name would be a look of its own. */
function nameOf(id: string, sheet: SheetAnswer | undefined): string {
  return id === sheet?.class ? `${sheet.label} (${id})` : id;
}

function NoSheet({ hasClasses }: { readonly hasClasses: boolean }): JSX.Element {
  const w = useWords();
  return <p class="empty">{t(hasClasses ? w.text.noClass : w.text.noClassYet)}</p>;
}

function Papers({ query }: { readonly query: string }): JSX.Element {
  const w = useWords();
  return (
    <>
      <FileLink href={`/api/school/attendance.csv${query}`}>CSV</FileLink>
      <FileLink href={`/api/school/attendance.html${query}`} isPage>
        <Printer size={18} aria-hidden="true" />
        {t(w.text.printList)}
      </FileLink>
    </>
  );
}

function Counts({ sheet }: { readonly sheet: SheetAnswer }): JSX.Element {
  const w = useWords();
  const { number, time } = useFormat();
  const shown = ["present", "late", "absent", "unconfirmed"] as const;
  return (
    <Figures
      facts={shown.map((status) => ({
        name: t(w.pupil[status]),
        value: number(sheet.counts[status] ?? 0),
        note: status === "present" ? t(w.text.asOf, { at: time(sheet.asOf) }) : undefined,
      }))}
    />
  );
}

function Pupils(props: {
  readonly sheet: SheetAnswer;
  readonly onPick?: (pupil: PupilRow) => void;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  return (
    <Sheet title={props.sheet.label}>
      <Table
        name={props.sheet.label}
        columns={columnsOf(w, format, props.onPick)}
        rows={props.sheet.rows}
        keyOf={({ pupil }) => pupil}
        empty={t(w.text.noClass)}
      />
    </Sheet>
  );
}

function columnsOf(
  w: Words,
  { time }: Format,
  onPick: ((pupil: PupilRow) => void) | undefined,
): readonly Column<PupilRow>[] {
  return [
    { title: t(w.text.number), cell: ({ number }) => number ?? "" },
    {
      title: t(w.text.personName),
      cell: (row) => {
        const name = row.name ?? row.pupil.slice(0, 6);
        if (!onPick) return name;
        return (
          <button class="pick" type="button" onClick={() => onPick(row)}>
            <span lang="ja">{name}</span>
          </button>
        );
      },
    },
    {
      title: t(w.text.state),
      cell: ({ status }) => <Badge tone={statusTones[status]}>{t(w.pupil[status])}</Badge>,
    },
    {
      title: t(w.text.arrived),
      isMinor: true,
      cell: ({ arrivedAt }) => (arrivedAt === null ? "" : time(arrivedAt)),
    },
    {
      title: t(w.text.leftAt),
      isMinor: true,
      cell: ({ leftAt }) => (leftAt === null ? "" : time(leftAt)),
    },
    {
      title: t(w.text.reason),
      isMinor: true,
      cell: ({ correction }) => (correction ? t(w.correction[correction]) : ""),
    },
  ];
}
