import type { JSX } from "preact";
import type { TaxiMatter } from "../../../views/taxi-rides.ts";
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

type Doing = { readonly what: "decide" | "correct"; readonly matter: TaxiMatter };

/** Rides that went beyond the terms, and what a clerk decided about them. */
export function Matters(props: {
  readonly matters: readonly TaxiMatter[];
  readonly mayAct: boolean;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { doing, setDoing, close, done } = useAct<Doing>(props.onDone);
  return (
    <Sheet title={t(w.text.toDecide)}>
      <Table
        name={plain(w.text.toDecide)}
        columns={columnsOf(w, format, props.mayAct ? setDoing : undefined)}
        rows={props.matters}
        keyOf={(one) => `${one.device} ${one.sequence} ${one.person} ${one.flaw}`}
        empty={t(w.text.nothingOpen)}
      />
      {doing ? <Act {...doing} onClose={close} onDone={done} /> : null}
    </Sheet>
  );
}

function Act(props: Doing & { onClose(): void; onDone(): Promise<void> }): JSX.Element {
  const w = useWords();
  const { what, matter, onClose, onDone } = props;
  const { device, sequence, person } = matter;
  const ride = { device, sequence };
  const reason = {
    ...{ key: "reason", name: w.text.reason, kind: "select" as const },
    choices: choicesOf(w.actReason, ["mistake", "box-failed", "no-network", "other"]),
  };
  const named = { ride: `${device}/${sequence}` };
  if (what === "correct") {
    return (
      <FormDialog
        title={t(w.taxi.decideTitle, named)}
        act={w.taxi.correct}
        path="/api/taxi/rides/correct"
        also={{ ride }}
        fields={[{ key: "fareYen", name: w.taxi.fare, kind: "number", ifEmpty: null }, reason]}
        {...{ onClose, onDone }}
      />
    );
  }
  return (
    <FormDialog
      title={t(w.taxi.decideTitle, named)}
      act={w.taxi.decide}
      path="/api/taxi/matters/settle"
      also={{ ride, person }}
      fields={[
        {
          ...{ key: "decision", name: w.taxi.decision, kind: "select" },
          choices: choicesOf(w.matter, ["borne", "repaid", "not-paid"]),
        },
        reason,
      ]}
      {...{ onClose, onDone }}
    />
  );
}

function columnsOf(
  w: Words,
  { yen, date }: Format,
  onDo: ((doing: Doing) => void) | undefined,
): readonly Column<TaxiMatter>[] {
  const columns: readonly Column<TaxiMatter>[] = [
    { title: t(w.text.day), cell: ({ day }) => date(day) },
    {
      title: t(w.text.box),
      isMinor: true,
      cell: ({ device, sequence }) => `${device}/${sequence}`,
    },
    { title: t(w.text.subsidies), isNumber: true, cell: ({ subsidyYen }) => yen(subsidyYen) },
    { title: t(w.text.reason), isMinor: true, cell: ({ flaw }) => t(w.taxiFlaw[flaw]) },
    {
      title: t(w.text.state),
      cell: ({ state }) => (
        <Badge tone={state === "open" ? "care" : "good"}>{t(w.matter[state])}</Badge>
      ),
    },
  ];
  if (!onDo) return columns;
  return [
    ...columns,
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (matter) =>
        matter.state === "open" ? (
          <span class="page-tools">
            <Button onClick={() => onDo({ what: "decide", matter })}>{t(w.taxi.decide)}</Button>
            <Button look="quiet" onClick={() => onDo({ what: "correct", matter })}>
              {t(w.taxi.correct)}
            </Button>
          </span>
        ) : null,
    },
  ];
}
