import type { JSX } from "preact";
import type { BoardingList } from "../../../views/taxi-bookings.ts";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { choicesOf, FormDialog } from "../../design/form-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { Table } from "../../design/table.tsx";
import { useAct } from "../../design/use-act.ts";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";

/** Demand taxis that were booked, the next ones first; who boards stands on the vehicle's own list. */
export function Bookings(props: {
  readonly bookings: readonly BoardingList[];
  readonly mayAct: boolean;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { moment, number } = useFormat();
  const { mayAct } = props;
  const { doing, setDoing, close, done } = useAct<"book" | BoardingList>(props.onDone);
  const bookings = [...props.bookings].sort((a, b) => b.boardFrom - a.boardFrom);
  return (
    <Sheet
      title={t(w.taxi.bookings)}
      tools={mayAct ? <Button onClick={() => setDoing("book")}>{t(w.booking.make)}</Button> : null}
    >
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
                <Button look="quiet" onClick={() => setDoing(one)}>
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
      {doing !== undefined && doing !== "book" ? (
        <FormDialog
          title={`${plain(w.taxi.booking)} ${doing.booking}`}
          act={w.taxi.cancelBooking}
          path="/api/taxi/bookings/cancel"
          also={{ booking: doing.booking }}
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
      {doing === "book" ? <Book onClose={close} onDone={done} /> : null}
    </Sheet>
  );
}

/** The same number again changes the booking: another vehicle comes, or at another time. */
function Book(props: { onClose(): void; onDone(): Promise<void> }): JSX.Element {
  const w = useWords();
  return (
    <FormDialog
      title={t(w.booking.make)}
      act={w.booking.make}
      path="/api/taxi/bookings"
      fields={[
        { key: "booking", name: w.booking.number, kind: "text" },
        { key: "company", name: w.taxi.company, kind: "text" },
        { key: "vehicle", name: w.booking.box, kind: "text", ifEmpty: null },
        { key: "person", name: w.form.personCode, kind: "text" },
        { key: "boardFrom", name: w.booking.from, kind: "moment" },
        { key: "boardUntil", name: w.booking.until, kind: "moment" },
      ]}
      {...props}
    />
  );
}
