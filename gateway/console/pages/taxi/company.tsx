import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TaxiBookings } from "../../../views/taxi-bookings.ts";
import type { TaxiClaimRide, TaxiClaims } from "../../../views/taxi-claims.ts";
import { useResource } from "../../api/resource.ts";
import type { ViewAnswer } from "../../api/shapes.ts";
import { Button } from "../../design/button.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useMe } from "../../shell/access.ts";
import { ServicePage } from "../../shell/service-page.tsx";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import { Bookings } from "./bookings.tsx";
import { Claim } from "./claim.tsx";

interface Row extends TaxiClaimRide {
  readonly company: string;
  readonly claimedYen: number;
}

/** What a taxi company's own office sees: its rides without the riders, what it is owed, and what was booked. */
export function CompanyTaxi(): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { number, yen } = format;
  const mayAct = useMe().scopes.has("taxi:write");
  const { value, code, reload } = useResource<ViewAnswer<TaxiClaims>>("/api/views/taxi.claims");
  const booked = useResource<ViewAnswer<TaxiBookings>>("/api/views/taxi.bookings");
  const [isClaiming, setClaiming] = useState(false);
  const companies = value?.view?.companies ?? [];
  const rides = rowsOf(companies);
  const sum = (of: (ride: Row) => number) => rides.reduce((total, ride) => total + of(ride), 0);
  const due = sum(({ dueYen }) => dueYen);
  const close = () => {
    setClaiming(false);
    void reload();
  };
  return (
    <ServicePage
      name="taxi"
      code={code}
      tools={mayAct ? <Button onClick={() => setClaiming(true)}>{t(w.taxi.claim)}</Button> : null}
      facts={[
        { name: t(w.text.rides), value: number(rides.length) },
        { name: t(w.text.subsidies), value: yen(due) },
        { name: t(w.taxi.stated), value: yen(sum(({ claimedYen }) => claimedYen)) },
      ]}
    >
      <Sheet title={t(w.text.rides)}>
        <Table<Row>
          name={plain(w.text.rides)}
          columns={columnsOf(w, format)}
          rows={rides}
          keyOf={({ device, sequence }) => `${device} ${sequence}`}
          empty={t(w.text.nothingYet)}
        />
      </Sheet>
      <Bookings
        bookings={booked.value?.view?.bookings ?? []}
        mayAct={mayAct}
        onDone={booked.reload}
      />
      {isClaiming ? <Claim company={companies[0]?.company} onClose={close} /> : null}
    </ServicePage>
  );
}

/** The newest day first. */
const rowsOf = (companies: TaxiClaims["companies"]): readonly Row[] =>
  companies
    .flatMap(({ company, rides }) =>
      rides.map((ride) => {
        const claimedYen = ride.stated.reduce((total, { yen }) => total + yen, 0);
        return { ...ride, company, claimedYen };
      }),
    )
    .sort((a, b) => (a.day < b.day ? 1 : -1));

function columnsOf(w: Words, { number, yen, date }: Format): readonly Column<Row>[] {
  return [
    { title: t(w.text.day), cell: ({ day }) => date(day) },
    { title: t(w.taxi.company), isMinor: true, cell: ({ company }) => company },
    {
      title: t(w.text.box),
      isMinor: true,
      cell: ({ device, sequence }) => `${device}/${sequence}`,
    },
    { title: t(w.text.howMany), isNumber: true, cell: ({ riders }) => number(riders) },
    {
      title: t(w.text.fares),
      isNumber: true,
      cell: ({ fareYen }) => (fareYen === null ? "—" : yen(fareYen)),
    },
    { title: t(w.text.subsidies), isNumber: true, cell: ({ dueYen }) => yen(dueYen) },
    { title: t(w.taxi.stated), isNumber: true, cell: ({ claimedYen }) => yen(claimedYen) },
  ];
}
