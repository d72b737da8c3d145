import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TicketSales } from "../../../views/ticket-sales.ts";
import { useResource } from "../../api/resource.ts";
import type { ViewAnswer } from "../../api/shapes.ts";
import { Button, FileLink } from "../../design/button.tsx";
import { BarList } from "../../design/charts/bar-list.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { useMe } from "../../shell/access.ts";
import { ServicePage } from "../../shell/service-page.tsx";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";
import { Conflicts } from "./conflicts.tsx";
import { type TicketAct, TicketForm, ticketActs } from "./ticket-form.tsx";

/** What was sold for each performance, who came in, and what a person has to settle. */
export function Tickets(): JSX.Element {
  const w = useWords();
  const { number, moment } = useFormat();
  const mayAct = useMe().scopes.has("tickets:write");
  const { value, code, reload } = useResource<ViewAnswer<TicketSales>>("/api/views/event.entry");
  const [doing, setDoing] = useState<TicketAct>();
  const view = value?.view;
  const performances = view?.performances ?? [];
  const sum = (key: "sold" | "entered") => performances.reduce((all, one) => all + one[key], 0);
  return (
    <ServicePage
      name="tickets"
      code={code}
      tools={
        mayAct
          ? ticketActs.map((act) => (
              <Button
                key={act}
                look={act === "sell" ? "key" : "plain"}
                onClick={() => setDoing(act)}
              >
                {t(w.boxOffice[act])}
              </Button>
            ))
          : null
      }
      facts={[
        { name: t(w.text.sold), value: number(sum("sold")) },
        { name: t(w.text.cameIn), value: number(sum("entered")) },
        { name: t(w.text.toDecide), value: number(view?.openConflicts.length ?? 0) },
      ]}
    >
      <Conflicts open={view?.openConflicts ?? []} mayAct={mayAct} onDone={reload} />
      {performances.map(({ performance, startsAt, capacity, sold, entered }) => (
        <Sheet
          key={performance}
          title={`${performance} · ${moment(startsAt)}`}
          tools={
            <FileLink href={`/api/tickets/entries.csv?performance=${performance}`}>CSV</FileLink>
          }
        >
          <BarList
            number={number}
            rows={[
              { name: t(w.text.sold), value: sold, of: capacity },
              { name: t(w.text.cameIn), value: entered, of: sold },
            ]}
          />
        </Sheet>
      ))}
      {performances.length === 0 ? <p class="empty sheet">{t(w.text.noPerformance)}</p> : null}
      {doing ? (
        <TicketForm
          act={doing}
          performances={performances.map(({ performance }) => performance)}
          onClose={() => setDoing(undefined)}
          onDone={async () => {
            setDoing(undefined);
            await reload();
          }}
        />
      ) : null}
    </ServicePage>
  );
}
