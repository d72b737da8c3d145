import type { JSX } from "preact";
import type { TaxiEntitlement, TaxiPerson } from "../../../views/taxi-rides.ts";
import { Button } from "../../design/button.tsx";
import { choicesOf, FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useAct } from "../../design/use-act.ts";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { type Phrase, plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";

type Row = TaxiPerson & { readonly held: TaxiEntitlement | undefined };

/** Who is entitled by what, and how many rides are left. */
export function Entitled(props: {
  readonly persons: readonly TaxiPerson[];
  readonly mayAct: boolean;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { doing, setDoing, close, done } = useAct<"grant" | Row>(props.onDone);
  const ending = doing === "grant" ? undefined : doing;
  const rows = props.persons.flatMap((one): readonly Row[] =>
    one.entitlements.length === 0
      ? [{ ...one, held: undefined }]
      : one.entitlements.map((held) => ({ ...one, held })),
  );
  return (
    <Sheet
      title={t(w.text.entitled)}
      tools={
        props.mayAct ? <Button onClick={() => setDoing("grant")}>{t(w.taxi.grant)}</Button> : null
      }
    >
      <Table
        name={plain(w.text.entitled)}
        columns={columnsOf(w, format, props.mayAct ? setDoing : undefined)}
        rows={rows}
        keyOf={({ person, held }) => `${person} ${held?.entitlement}`}
        empty={t(w.taxi.noEntitlement)}
      />
      {doing === "grant" ? <Grant onClose={close} onDone={done} /> : null}
      {ending?.held ? (
        <FormDialog
          title={t(w.taxi.revokeTitle, { n: ending.held.entitlement })}
          act={w.taxi.revoke}
          path="/api/taxi/entitlements/revoke"
          also={{ person: ending.person, entitlement: ending.held.entitlement }}
          fields={[
            { key: "from", name: w.person.from, kind: "date" },
            {
              ...{ key: "reason", name: w.text.reason, kind: "select" },
              choices: choicesOf(w.actReason, [
                "moved-away",
                "asked-by-person",
                "mistake",
                "other",
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

function Grant(props: { onClose(): void; onDone(): Promise<void> }): JSX.Element {
  const w = useWords();
  return (
    <FormDialog
      title={t(w.taxi.grant)}
      act={w.taxi.grant}
      path="/api/taxi/entitlements"
      fields={[
        { key: "person", name: w.form.personCode, kind: "text" },
        { key: "entitlement", name: w.taxi.entitlementNumber, kind: "text" },
        {
          ...{ key: "category", name: w.taxi.category, kind: "select" },
          choices: choicesOf(categoriesOf(w)),
        },
        { key: "validFrom", name: w.person.from, kind: "date" },
        { key: "validUntil", name: w.person.until, kind: "date", ifEmpty: null },
      ]}
      {...props}
    />
  );
}

/** Age, and everything that a certificate says; a table of the city's own may name others. */
const categoriesOf = (w: Words): Readonly<Record<string, Phrase>> => {
  const { "no-driving-licence": _, ...certified } = w.entitlement;
  return { ...w.taxiCategory, ...certified };
};

function columnsOf(
  w: Words,
  { number }: Format,
  onEnd: ((row: Row) => void) | undefined,
): readonly Column<Row>[] {
  const last = (periods: TaxiPerson["days"]) => {
    const period = periods.at(-1);
    return period ? number(period.left) : "—";
  };
  const columns: readonly Column<Row>[] = [
    { title: t(w.text.person), cell: ({ person }) => <code>{person.slice(0, 8)}</code> },
    {
      title: t(w.taxi.category),
      cell: ({ held }) => {
        const words = held && categoriesOf(w)[held.category];
        return words ? t(words) : (held?.category ?? "—");
      },
    },
    {
      title: t(w.person.until),
      isMinor: true,
      cell: ({ held }) => held?.revokedFrom ?? held?.validUntil ?? "",
    },
    {
      title: t(w.text.rides),
      isNumber: true,
      isMinor: true,
      cell: ({ rides }) => number(rides.length),
    },
    { title: t(w.text.leftToday), isNumber: true, cell: ({ days }) => last(days) },
    {
      title: t(w.text.leftThisYear),
      isNumber: true,
      isMinor: true,
      cell: ({ years }) => last(years),
    },
  ];
  if (!onEnd) return columns;
  return [
    ...columns,
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (row) =>
        row.held && row.held.revokedFrom === null ? (
          <Button look="quiet" onClick={() => onEnd(row)}>
            {t(w.taxi.revoke)}
          </Button>
        ) : null,
    },
  ];
}
