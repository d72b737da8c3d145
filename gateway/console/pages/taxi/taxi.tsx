import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TaxiBookings } from "../../../views/taxi-bookings.ts";
import type { TaxiRides } from "../../../views/taxi-rides.ts";
import { useResource } from "../../api/resource.ts";
import type { ViewAnswer } from "../../api/shapes.ts";
import { Button, FileLink } from "../../design/button.tsx";
import { useMe } from "../../shell/access.ts";
import { ServicePage } from "../../shell/service-page.tsx";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";
import { Bookings } from "./bookings.tsx";
import { Claim } from "./claim.tsx";
import { CompanyTaxi } from "./company.tsx";
import { Entitled } from "./entitled.tsx";
import { Matters } from "./matters.tsx";
import { RidingFor } from "./riding-for.tsx";

/** Subsidised rides: the whole city's, or those of the company that somebody is bound to. */
export function Taxi(): JSX.Element {
  return useMe().bound.has("taxi:read") ? <CompanyTaxi /> : <CityTaxi />;
}

/** Who is entitled and has how many left, and what a clerk has to decide. */
function CityTaxi(): JSX.Element {
  const w = useWords();
  const { number, yen } = useFormat();
  const mayAct = useMe().scopes.has("taxi:write");
  const { value, code, reload } = useResource<ViewAnswer<TaxiRides>>(
    "/api/views/taxi.subsidised-ride",
  );
  const booked = useResource<ViewAnswer<TaxiBookings>>("/api/views/taxi.bookings");
  const { bookings = [], proxies = [] } = booked.value?.view ?? {};
  const [isClaiming, setClaiming] = useState(false);
  const view = value?.view;
  const rides = view?.persons.flatMap((one) => one.rides) ?? [];
  const matters = [...(view?.overdraws ?? []), ...(view?.findings ?? [])];
  return (
    <ServicePage
      name="taxi"
      code={code}
      tools={
        <>
          {mayAct ? <Button onClick={() => setClaiming(true)}>{t(w.taxi.claim)}</Button> : null}
          <FileLink href="/api/taxi/matters.csv">CSV</FileLink>
        </>
      }
      facts={[
        { name: t(w.text.rides), value: number(rides.length) },
        {
          name: t(w.text.subsidies),
          value: yen(rides.reduce((sum, ride) => sum + ride.subsidyYen, 0)),
        },
        {
          name: t(w.text.toDecide),
          value: number(matters.filter(({ state }) => state === "open").length),
        },
      ]}
    >
      <Matters {...{ matters, mayAct }} onDone={reload} />
      <Entitled persons={view?.persons ?? []} mayAct={mayAct} onDone={reload} />
      <Bookings {...{ bookings, mayAct }} onDone={booked.reload} />
      <RidingFor {...{ proxies, mayAct }} onDone={booked.reload} />
      {isClaiming ? <Claim onClose={() => setClaiming(false)} /> : null}
    </ServicePage>
  );
}
