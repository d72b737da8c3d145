import type { JSX } from "preact";
import type { Entry } from "../../../views/ticket-book.ts";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { choicesOf, FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { Table } from "../../design/table.tsx";
import { useAct } from "../../design/use-act.ts";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";

/** Entries that did not fit, until a person says what each was. */
export function Conflicts(props: {
  readonly open: readonly Entry[];
  readonly mayAct: boolean;
  onDone(): Promise<void>;
}): JSX.Element | null {
  const w = useWords();
  const { moment } = useFormat();
  const { doing, setDoing, close, done } = useAct<Entry>(props.onDone);
  if (props.open.length === 0) return null;
  return (
    <Sheet title={t(w.boxOffice.conflicts)}>
      <Table<Entry>
        name={plain(w.boxOffice.conflicts)}
        columns={[
          { title: t(w.text.time), cell: ({ at }) => moment(at) },
          { title: t(w.boxOffice.performance), cell: ({ performance }) => performance },
          {
            title: t(w.text.state),
            cell: ({ conflict }) =>
              conflict ? <Badge tone="care">{t(w.boxOffice[conflict])}</Badge> : null,
          },
          {
            title: t(w.text.change),
            isOnScreen: true,
            cell: (entry) =>
              props.mayAct ? (
                <Button onClick={() => setDoing(entry)}>{t(w.boxOffice.settle)}</Button>
              ) : null,
          },
        ]}
        rows={props.open}
        keyOf={({ entry: { device, sequence } }) => `${device} ${sequence}`}
        empty={t(w.text.nothingOpen)}
      />
      {doing ? (
        <FormDialog
          title={t(w.boxOffice.settle)}
          act={w.text.save}
          path="/api/tickets/conflicts/settle"
          also={{ entry: doing.entry }}
          fields={[
            {
              ...{ key: "how", name: w.boxOffice.how, kind: "select" },
              choices: choicesOf(w.boxOffice, [
                ...(["came-back-in", "wrong-person-recognised"] as const),
                ...(["sent-out", "let-in-anyway"] as const),
              ]),
            },
          ]}
          onClose={close}
          onDone={done}
        />
      ) : null}
    </Sheet>
  );
}
