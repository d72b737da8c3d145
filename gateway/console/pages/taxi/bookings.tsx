import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { BoardingList } from "../../../views/taxi-bookings.ts";
import { useResource } from "../../api/resource.ts";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { choicesOf, FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { Table } from "../../design/table.tsx";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";

/** Demand taxis that were booked, the next ones first; who boards stands on the vehicle's own list. */
export function Bookings({ mayAct }: { readonly mayAct: boolean }): JSX.Element {
  const w = useWords();
  const { moment, number } = useFormat();
  const { value, reload } = useResource<{ bookings: readonly BoardingList[] }>(
    "/api/taxi/bookings",
  );
  const [ending, setEnding] = useState<BoardingList>();
  const bookings = [...(value?.bookings ?? [])].sort((a, b) => b.boardFrom - a.boardFrom);
  return (
    <Sheet title={t(w.taxi.bookings)}>
      <Table<BoardingList>
        name={plain(w.taxi.bookings)}
        columns={[
          { title: t(w.taxi.booking), cell: ({ booking }) => booking },
          { title: t(w.taxi.company), isMinor: true, cell: ({ company }) => company },
          { title: t(w.text.vehicle), isMinor: true, cell: ({ vehicle }) => vehicle ?? "—" },
          { title: t(w.taxi.boards), cell: ({ boardFrom }) => moment(boardFrom) },
          {
            title: t(w.text.howMany),
            isNumber: true,
            cell: ({ mayBoard }) => number(mayBoard.length),
          },
          {
            title: t(w.text.change),
            cell: (one) => {
              if (one.cancelled) return <Badge tone="none">{t(w.taxi.cancelled)}</Badge>;
              if (!mayAct) return null;
              return (
                <Button look="quiet" onClick={() => setEnding(one)}>
                  {t(w.taxi.cancelBooking)}
                </Button>
              );
            },
          },
        ]}
        rows={bookings}
        keyOf={({ booking }) => booking}
        empty={t(w.taxi.noBookings)}
      />
      {ending ? (
        <FormDialog
          title={`${plain(w.taxi.booking)} ${ending.booking}`}
          act={w.taxi.cancelBooking}
          path="/api/taxi/bookings/cancel"
          also={{ booking: ending.booking }}
          fields={[
            {
              ...{ key: "reason", name: w.text.reason, kind: "select" },
              choices: choicesOf(w.actReason, ["asked-by-person", "mistake", "other"]),
            },
          ]}
          onClose={() => setEnding(undefined)}
          onDone={async () => {
            setEnding(undefined);
            await reload();
          }}
        />
      ) : null}
    </Sheet>
  );
}
