import type { JSX } from "preact";
import type { EmergencyLookup } from "../../../views/medical-emergency.ts";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { choicesOf, FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useAct } from "../../design/use-act.ts";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";

/** Who was looked up and could not be asked: which kinds of data were shown, and whether they were told. */
export function Lookups(props: {
  readonly lookups: readonly EmergencyLookup[];
  readonly mayAct: boolean;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { doing, setDoing, close, done } = useAct<EmergencyLookup>(props.onDone);
  return (
    <Sheet title={t(w.crew.lookups)}>
      <Table
        name={plain(w.crew.lookups)}
        columns={columnsOf(w, format, props.mayAct ? setDoing : undefined)}
        rows={props.lookups}
        keyOf={({ lookup }) => `${lookup.device} ${lookup.sequence}`}
        empty={t(w.crew.noLookups)}
      />
      {doing ? (
        <FormDialog
          title={t(w.crew.tell)}
          act={w.crew.tell}
          path="/api/medical/notices"
          also={{ lookup: doing.lookup }}
          fields={[
            { key: "to", name: w.crew.to, kind: "select", choices: choicesOf(w.toldTo) },
            { key: "by", name: w.crew.by, kind: "select", choices: choicesOf(w.toldBy) },
          ]}
          onClose={close}
          onDone={done}
        />
      ) : null}
    </Sheet>
  );
}

function columnsOf(
  w: Words,
  { moment }: Format,
  onTell: ((lookup: EmergencyLookup) => void) | undefined,
): readonly Column<EmergencyLookup>[] {
  const kindsOf = ({ shown }: EmergencyLookup) =>
    [...new Set(shown.flatMap(({ categories }) => categories))].map((kind) =>
      plain(w.dataKind[kind]),
    );
  return [
    { title: t(w.crew.opened), cell: ({ openedAt }) => moment(openedAt) },
    {
      title: t(w.text.reason),
      cell: ({ reason, flaw }) => (
        <>
          {t(w.emergency[reason])}{" "}
          {flaw === null ? null : <Badge tone="bad">{t(w.crew.flaw)}</Badge>}
        </>
      ),
    },
    { title: t(w.crew.shown), cell: (one) => kindsOf(one).join(plain(w.text.comma)) || "—" },
    {
      title: t(w.crew.notice),
      cell: ({ told: [first], noticeDueAt }) =>
        first ? (
          <Badge tone="good">{t(w.crew.told)}</Badge>
        ) : (
          <Badge tone="care">{t(w.crew.dueBy, { day: moment(noticeDueAt) })}</Badge>
        ),
    },
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (one) =>
        onTell && one.told.length === 0 ? (
          <Button onClick={() => onTell(one)}>{t(w.crew.tell)}</Button>
        ) : null,
    },
  ];
}
