import type { JSX } from "preact";
import type { RegisteredProxy } from "../../../views/taxi-bookings.ts";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { choicesOf, FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { Table } from "../../design/table.tsx";
import { useAct } from "../../design/use-act.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";

/** Who may board what somebody else booked: a grandchild who fetches the shopping. */
export function RidingFor(props: {
  readonly proxies: readonly RegisteredProxy[];
  readonly mayAct: boolean;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { proxies, mayAct } = props;
  const { doing, setDoing, close, done } = useAct<"add" | RegisteredProxy>(props.onDone);
  return (
    <Sheet
      title={t(w.proxy.rides)}
      tools={mayAct ? <Button onClick={() => setDoing("add")}>{t(w.proxy.add)}</Button> : null}
    >
      <Table<RegisteredProxy>
        name={plain(w.proxy.rides)}
        columns={[
          { title: t(w.text.person), cell: ({ person }) => <code>{person.slice(0, 8)}</code> },
          { title: t(w.proxy.proxy), cell: ({ proxy }) => <code>{proxy.slice(0, 8)}</code> },
          { title: t(w.person.from), isMinor: true, cell: ({ validFrom }) => validFrom },
          { title: t(w.person.until), isMinor: true, cell: ({ validUntil }) => validUntil ?? "" },
          {
            title: t(w.text.change),
            cell: (one) => {
              if (one.removedAt !== null) {
                return <Badge tone="none">{t(w.proxyState.dismissed)}</Badge>;
              }
              if (!mayAct) return null;
              return (
                <Button look="quiet" onClick={() => setDoing(one)}>
                  {t(w.proxy.end)}
                </Button>
              );
            },
          },
        ]}
        rows={proxies}
        keyOf={(one) => `${one.person} ${one.proxy} ${one.validFrom} ${one.removedAt}`}
        empty={t(w.proxy.noRides)}
      />
      {doing === "add" ? <Register onClose={close} onDone={done} /> : null}
      {doing !== undefined && doing !== "add" ? (
        <FormDialog
          title={t(w.proxy.endTitle)}
          act={w.proxy.end}
          path="/api/taxi/proxies/remove"
          also={{ person: doing.person, proxy: doing.proxy }}
          fields={[
            {
              ...{ key: "reason", name: w.text.reason, kind: "select" },
              choices: choicesOf(w.actReason, ["asked-by-person", "mistake", "other"]),
            },
          ]}
          onClose={close}
          onDone={done}
        />
      ) : null}
    </Sheet>
  );
}

function Register(props: { onClose(): void; onDone(): Promise<void> }): JSX.Element {
  const w = useWords();
  return (
    <FormDialog
      title={t(w.proxy.add)}
      act={w.proxy.add}
      path="/api/taxi/proxies"
      fields={[
        { key: "person", name: w.form.personCode, kind: "text" },
        { key: "proxy", name: w.proxy.code, kind: "text" },
        { key: "validFrom", name: w.person.from, kind: "date" },
        { key: "validUntil", name: w.person.until, kind: "date", ifEmpty: null },
      ]}
      {...props}
    />
  );
}
