import type { JSX } from "preact";
import type { EmergencyView } from "../../../views/medical-emergency.ts";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useAct } from "../../design/use-act.ts";
import { gatewayNow } from "../../live/clock.ts";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";

type Crew = EmergencyView["crews"][number];

/** Who may, with a second one, look up somebody who cannot be asked. */
export function Crews(props: {
  readonly crews: readonly Crew[];
  readonly mayAct: boolean;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { crews, mayAct } = props;
  const { doing, setDoing, close, done } = useAct<"admit" | Crew>(props.onDone);
  return (
    <Sheet
      title={t(w.crew.crews)}
      tools={mayAct ? <Button onClick={() => setDoing("admit")}>{t(w.crew.admit)}</Button> : null}
    >
      <Table<Crew>
        name={plain(w.crew.crews)}
        columns={columnsOf(w, format, mayAct ? setDoing : undefined)}
        rows={crews}
        keyOf={({ crew }) => crew}
        empty={t(w.crew.noCrew)}
      />
      {doing === "admit" ? (
        <FormDialog
          title={t(w.crew.admit)}
          act={w.crew.admit}
          path="/api/medical/crew"
          fields={[
            { key: "crew", name: w.crew.code, kind: "text" },
            { key: "until", name: w.person.until, kind: "moment" },
          ]}
          onClose={close}
          onDone={done}
        />
      ) : null}
      {doing !== undefined && doing !== "admit" ? (
        <ChangeDialog
          title={t(w.crew.dismiss)}
          act={w.crew.dismiss}
          path="/api/medical/crew/dismiss"
          body={() => ({ crew: doing.crew })}
          onClose={close}
          onDone={done}
        >
          <p>{t(w.crew.dismissAsk, { crew: doing.crew.slice(0, 8) })}</p>
        </ChangeDialog>
      ) : null}
    </Sheet>
  );
}

function columnsOf(
  w: Words,
  { moment }: Format,
  onDismiss: ((crew: Crew) => void) | undefined,
): readonly Column<Crew>[] {
  const now = gatewayNow() ?? 0;
  const stateOf = ({ until }: Crew) =>
    until === null ? "dismissed" : until <= now ? "over" : "may";
  return [
    { title: t(w.text.person), cell: ({ crew }) => <code>{crew.slice(0, 8)}</code> },
    {
      title: t(w.text.state),
      cell: (one) => (
        <Badge tone={stateOf(one) === "may" ? "good" : "none"}>{t(w.crew[stateOf(one)])}</Badge>
      ),
    },
    {
      title: t(w.person.until),
      isMinor: true,
      cell: ({ until }) => (until === null ? "" : moment(until)),
    },
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (one) =>
        onDismiss && stateOf(one) === "may" ? (
          <Button look="quiet" onClick={() => onDismiss(one)}>
            {t(w.crew.dismiss)}
          </Button>
        ) : null,
    },
  ];
}
