import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Payment, Payments as PaymentsView } from "../../views/payment-book.ts";
import { useResource } from "../api/resource.ts";
import type { ViewAnswer } from "../api/shapes.ts";
import { Badge } from "../design/badge.tsx";
import { Button, FileLink } from "../design/button.tsx";
import { choicesOf, FormDialog } from "../design/form-dialog.tsx";
import { Sheet } from "../design/sheet.tsx";
import { type Column, Table } from "../design/table.tsx";
import { useMe } from "../shell/access.ts";
import { ServicePage } from "../shell/service-page.tsx";
import { type Format, useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";

const stateOf = ({ flaw, voidedAt }: Payment) =>
  flaw ? "refused" : voidedAt === null ? "authorised" : "voided";

/** What was authorised for whom, and what of it does not stand. Nothing is settled here. */
export function Payments(): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { number, yen } = format;
  const mayAct = useMe().scopes.has("payment:write");
  const { value, code, reload } = useResource<ViewAnswer<PaymentsView>>("/api/views/payment");
  const [voiding, setVoiding] = useState<Payment>();
  const payments = [...(value?.view?.payments ?? [])].sort((a, b) => b.at - a.at);
  const standing = payments.filter((one) => stateOf(one) === "authorised");
  const merchants = [...new Set(payments.map(({ merchant }) => merchant))].sort();
  return (
    <ServicePage
      name="payments"
      code={code}
      tools={merchants.slice(0, 6).map((merchant) => (
        <FileLink key={merchant} href={`/api/payments.csv?merchant=${merchant}`}>
          {t(w.pay.file, { merchant })}
        </FileLink>
      ))}
      facts={[
        { name: t(w.payment.authorised), value: number(standing.length) },
        {
          name: t(w.text.amountYen),
          value: yen(standing.reduce((sum, one) => sum + one.amountYen, 0)),
        },
        {
          name: t(w.payment.refused),
          value: number(payments.filter((one) => stateOf(one) === "refused").length),
        },
      ]}
    >
      <Sheet title={t(w.text.newestPayments)}>
        <Table
          name={plain(w.text.newestPayments)}
          columns={columnsOf(w, format, mayAct ? setVoiding : undefined)}
          rows={payments}
          keyOf={({ merchant, reference }) => `${merchant} ${reference}`}
          empty={t(w.text.nothingLive)}
        />
      </Sheet>
      {voiding ? (
        <FormDialog
          title={t(w.pay.voidTitle, { reference: voiding.reference })}
          act={w.pay.void}
          path="/api/payments/void"
          lead={t(w.pay.voidAsk, { merchant: voiding.merchant, yen: yen(voiding.amountYen) })}
          also={{ merchant: voiding.merchant, reference: voiding.reference }}
          fields={[
            {
              ...{ key: "why", name: w.pay.why, kind: "select" },
              choices: choicesOf(w.pay, ["merchant", "customer", "mistake"]),
            },
          ]}
          onClose={() => setVoiding(undefined)}
          onDone={async () => {
            setVoiding(undefined);
            await reload();
          }}
        />
      ) : null}
    </ServicePage>
  );
}

function columnsOf(
  w: Words,
  { yen, moment }: Format,
  onVoid: ((payment: Payment) => void) | undefined,
): readonly Column<Payment>[] {
  const columns: readonly Column<Payment>[] = [
    { title: t(w.text.time), cell: ({ at }) => moment(at), width: "9rem" },
    { title: t(w.text.merchant), cell: ({ merchant, reference }) => `${merchant} ${reference}` },
    { title: t(w.text.amountYen), isNumber: true, cell: ({ amountYen }) => yen(amountYen) },
    {
      title: t(w.text.state),
      cell: (one) => {
        const state = stateOf(one);
        const tone = state === "authorised" ? "good" : state === "refused" ? "bad" : "none";
        return <Badge tone={tone}>{t(w.payment[state])}</Badge>;
      },
    },
    {
      title: t(w.text.provedBy),
      isMinor: true,
      cell: ({ used }) => used.map((factor) => plain(w.factor[factor])).join(plain(w.text.comma)),
    },
  ];
  if (!onVoid) return columns;
  return [
    ...columns,
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (one) =>
        stateOf(one) === "authorised" ? (
          <Button onClick={() => onVoid(one)}>{t(w.pay.void)}</Button>
        ) : null,
    },
  ];
}
