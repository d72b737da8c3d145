import type { JSX } from "preact";
import { choicesOf, FormDialog, type FormField } from "../../design/form-dialog.tsx";
import { say } from "../../design/toast.tsx";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";

/** What a box office does. A sale and a transfer each rest on a card that was just put down at a box. */
export const ticketActs = ["sell", "transfer", "letIn", "set"] as const;
export type TicketAct = (typeof ticketActs)[number];

const paths: Readonly<Record<TicketAct, string>> = {
  sell: "/api/tickets/purchases",
  transfer: "/api/tickets/transfers",
  letIn: "/api/tickets/entries",
  set: "/api/tickets/performances",
};

export function TicketForm(props: {
  readonly act: TicketAct;
  readonly performances: readonly string[];
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { number } = useFormat();
  const { act, performances, onClose, onDone } = props;
  return (
    <FormDialog<{ readonly tickets?: readonly string[] }>
      title={t(w.boxOffice[act])}
      act={w.boxOffice[act]}
      path={paths[act]}
      fields={fieldsOf(w, act, performances)}
      onClose={onClose}
      onDone={async ({ tickets }) => {
        const ids = tickets?.join(" ") ?? "";
        const told = tickets ? w.boxOffice.sold : w.text.recorded;
        say("good", t(told, { n: number(tickets?.length ?? 0), ids }));
        await onDone();
      }}
    />
  );
}

function fieldsOf(w: Words, act: TicketAct, performances: readonly string[]): readonly FormField[] {
  const { boxOffice: office, form } = w;
  const choices = performances.map((value) => ({ value, name: value }));
  const signed: FormField = { key: "signed", name: form.proof, kind: "event" };
  switch (act) {
    case "sell":
      return [
        { key: "performance", name: office.performance, kind: "select", choices },
        { key: "count", name: office.count, kind: "number", start: "1" },
        { key: "buyer", name: form.personCode, kind: "text" },
        signed,
      ];
    case "transfer":
      return [
        { key: "ticket", name: office.ticket, kind: "text" },
        { key: "from", name: office.fromWhom, kind: "text" },
        { key: "to", name: office.toWhom, kind: "text" },
        signed,
      ];
    case "letIn":
      return [
        { key: "ticket", name: office.ticket, kind: "text" },
        {
          ...{ key: "why", name: w.text.reason, kind: "select" },
          choices: choicesOf(w.byHand, ["no-face", "not-recognised", "box-failed", "person-asked"]),
        },
      ];
    case "set":
      return [
        { key: "performance", name: office.performance, kind: "text" },
        { key: "startsAt", name: office.startsAt, kind: "moment" },
        { key: "capacity", name: office.capacity, kind: "number" },
        { key: "perPurchaseMax", name: office.perPurchase, kind: "number", start: "4" },
        { key: "priceYen", name: office.price, kind: "number" },
      ];
    default:
      throw new Error(`a box office's act ${act satisfies never}`);
  }
}
