import { Printer, UserPlus } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import { useWholeList } from "../api/pages-of-list.ts";
import type { EvacueeLine, EvacueesAnswer } from "../api/shapes.ts";
import { Notice } from "../design/badge.tsx";
import { Button, FileLink } from "../design/button.tsx";
import { BarList } from "../design/charts/bar-list.tsx";
import { Field, Select } from "../design/field.tsx";
import { Figures, Sheet } from "../design/sheet.tsx";
import { type Column, Table } from "../design/table.tsx";
import { useMe } from "../shell/access.ts";
import { PageHead } from "../shell/page-head.tsx";
import { type Format, useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";
import { Duplicates } from "./duplicates.tsx";
import { HandEntry } from "./hand-entry.tsx";
import { sought } from "./kana-search.ts";
import { Transfer } from "./transfer.tsx";

const everywhere = "";

/** Everybody who is in a shelter: found by the reading of the name, entered by hand, moved, printed. */
export function Shelter(): JSX.Element {
  const w = useWords();
  const { scopes } = useMe();
  const [shelter, setShelter] = useState(everywhere);
  const [isEntering, setEntering] = useState(false);
  const [moving, setMoving] = useState<EvacueeLine>();
  const query = shelter === everywhere ? "" : `?shelter=${shelter}`;
  const { rows, head, code, reload } = useWholeList<EvacueeLine, EvacueesAnswer>(
    `/api/shelter/evacuees${query}`,
  );
  const mayWrite = scopes.has("shelter:write");
  const shelters = head?.shelters ?? [];
  return (
    <>
      <PageHead
        title={w.page.shelter}
        lead={t(w.lead.shelter)}
        tools={
          <>
            <FileLink href={`/api/shelter/evacuees.csv${query}`}>CSV</FileLink>
            <FileLink href={`/api/shelter/evacuees.html${query}`} isPage>
              <Printer size={18} aria-hidden="true" />
              {t(w.text.printList)}
            </FileLink>
            {mayWrite ? (
              <Button look="key" onClick={() => setEntering(true)}>
                <UserPlus size={20} aria-hidden="true" />
                {t(w.text.enterByHand)}
              </Button>
            ) : null}
          </>
        }
      />
      <div class="stack">
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        {head ? <Summary head={head} /> : null}
        {mayWrite ? <Duplicates labelOf={labelsOf(shelters)} /> : null}
        <People
          {...{ rows, shelters, shelter, reload }}
          onShelter={setShelter}
          {...(mayWrite ? { onPick: setMoving } : {})}
        />
      </div>
      {isEntering ? (
        <HandEntry
          shelters={shelters}
          shelter={shelter}
          onClose={() => setEntering(false)}
          onEntered={reload}
        />
      ) : null}
      {moving ? (
        <Transfer
          person={moving}
          shelters={shelters}
          onClose={() => setMoving(undefined)}
          onDone={reload}
        />
      ) : null}
    </>
  );
}

/** What people call a shelter; its id where nobody has said. */
function labelsOf(shelters: EvacueesAnswer["shelters"]): (shelter: string | null) => string {
  const labels = new Map(shelters.map(({ shelter, label }) => [shelter, label]));
  return (shelter) => (shelter === null ? "—" : (labels.get(shelter) ?? shelter));
}

function People(props: {
  readonly rows: readonly EvacueeLine[];
  readonly shelters: EvacueesAnswer["shelters"];
  readonly shelter: string;
  reload(): Promise<void>;
  onShelter(shelter: string): void;
  readonly onPick?: (person: EvacueeLine) => void;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { rows, shelters, shelter, reload } = props;
  const [text, setText] = useState("");
  return (
    <Sheet
      title={t(w.text.evacuees)}
      tools={
        <Button look="quiet" onClick={() => void reload()}>
          {t(w.text.readAgain)}
        </Button>
      }
    >
      <div class="toolbar">
        <Field
          name={t(w.text.searchReading)}
          type="search"
          value={text}
          onInput={setText}
          hint={t(w.text.searchReadingHint)}
        />
        <Select
          name={t(w.text.shelter)}
          value={shelter}
          onChange={props.onShelter}
          choices={[
            { value: everywhere, name: plain(w.text.all) },
            ...shelters.map((one) => ({ value: one.shelter, name: one.label })),
          ]}
        />
      </div>
      <Table
        name={plain(w.text.evacuees)}
        columns={columnsOf(w, format, labelsOf(shelters), props.onPick)}
        rows={sought(rows, text)}
        keyOf={({ person }) => person}
        empty={t(rows.length === 0 ? w.text.nobodyYet : w.text.nobodyFound)}
      />
    </Sheet>
  );
}

function Summary({ head }: { readonly head: EvacueesAnswer }): JSX.Element {
  const w = useWords();
  const { number, moment } = useFormat();
  const { shelters, silentDevices, asOf } = head;
  const sum = (pick: (one: EvacueesAnswer["shelters"][number]) => number) =>
    shelters.reduce((total, one) => total + pick(one), 0);
  return (
    <>
      {silentDevices.length > 0 ? (
        <Notice tone="care">
          {t(w.text.silentWarning, { n: silentDevices.length })}{" "}
          <b>{silentDevices.map(({ device }) => device).join(", ")}</b>
        </Notice>
      ) : null}
      <div class="grid-2">
        <section class="sheet" aria-label={plain(w.text.now)}>
          <Figures
            facts={[
              {
                name: t(w.text.present),
                value: number(sum(({ present }) => present)),
                note: asOf ? t(w.text.asOf, { at: moment(asOf) }) : undefined,
              },
              { name: t(w.text.expected), value: number(sum(({ expected }) => expected)) },
              { name: t(w.text.unidentified), value: number(sum((one) => one.unidentified)) },
            ]}
          />
        </section>
        <Sheet title={t(w.text.capacity)}>
          {shelters.length === 0 ? <p class="empty">{t(w.text.noShelter)}</p> : null}
          <BarList
            number={number}
            rows={shelters.map(({ label, present, capacity }) => ({
              name: label,
              value: present,
              of: capacity ?? undefined,
              tone: capacity !== null && present >= capacity ? ("bad" as const) : undefined,
            }))}
          />
        </Sheet>
      </div>
    </>
  );
}

/** One below the other where the page is narrow: neither is cut off. */
function ReadingAndName({ of }: { readonly of: PersonDetails }): JSX.Element {
  return (
    <span class="reading-and-name" lang="ja">
      <span>{of.kana}</span> <span>{of.name}</span>
    </span>
  );
}

function columnsOf(
  w: Words,
  { moment }: Format,
  labelOf: (shelter: string | null) => string,
  onMove: ((person: EvacueeLine) => void) | undefined,
): readonly Column<EvacueeLine>[] {
  const nobody = t(w.text.nameNotKnown);
  return [
    {
      title: t(w.text.readingAndName),
      width: "30%",
      narrow: "47%",
      cell: (person) => {
        const { details } = person;
        const name = details ? <ReadingAndName of={details} /> : nobody;
        return onMove ? (
          <button class="pick" type="button" onClick={() => onMove(person)}>
            {name}
          </button>
        ) : (
          name
        );
      },
    },
    {
      title: t(w.text.age),
      cell: ({ details }) => details?.age ?? "",
      width: "4rem",
      narrow: "2.75rem",
    },
    { title: t(w.text.shelter), cell: ({ shelter }) => labelOf(shelter) },
    {
      title: t(w.text.needs),
      isMinor: true,
      cell: ({ needs }) => needs.map((need) => plain(w.need[need])).join(plain(w.text.comma)),
    },
    { title: t(w.text.since), isMinor: true, cell: ({ since }) => moment(since), width: "9rem" },
  ];
}
