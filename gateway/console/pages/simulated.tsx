import type { JSX } from "preact";
import type { Difference, Simulation } from "../../policy/simulate.ts";
import { Badge, Notice } from "../design/badge.tsx";
import { type Column, Table } from "../design/table.tsx";
import { addressOf } from "../shell/route.ts";
import { type Format, useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";
import { outcomeTones, serviceName, whyWords } from "./outcome.tsx";

type OfService = Simulation["services"][number];

/** What a simulation found, service by service and reason by reason. */
export function Simulated({ simulation }: { readonly simulation: Simulation }): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { number } = format;
  const { entries, leftOut, services } = simulation;
  const differing = services.filter((one) => one.differing > 0);
  return (
    <div class="stack">
      <Notice tone={differing.length > 0 ? "care" : "good"}>
        {t(w.simulate.entries, { n: number(entries) })}{" "}
        {leftOut > 0 ? t(w.simulate.leftOut, { n: number(leftOut) }) : null}{" "}
        {differing.length === 0 ? t(w.simulate.nothing) : null}
      </Notice>
      <Table
        name={plain(w.simulate.title)}
        columns={serviceColumns(w, format)}
        rows={services}
        keyOf={({ service }) => service}
        empty={t(w.text.nothingYet)}
      />
      {differing.map(({ service, differences }) => (
        <section key={service}>
          <h3>{t(serviceName(w, service) ?? w.outcome.other)}</h3>
          <Table
            name={plain(serviceName(w, service) ?? w.outcome.other)}
            columns={differenceColumns(w, format)}
            rows={differences}
            keyOf={(one) => `${one.was} ${one.reason} ${one.wouldBe} ${one.wouldAskFor}`}
            empty={t(w.simulate.nothing)}
          />
        </section>
      ))}
    </div>
  );
}

function serviceColumns(w: Words, { number }: Format): readonly Column<OfService>[] {
  return [
    {
      title: t(w.text.service),
      cell: ({ service }) => t(serviceName(w, service) ?? w.outcome.other),
    },
    { title: t(w.simulate.decisions), isNumber: true, cell: (one) => number(one.decisions) },
    { title: t(w.simulate.differing), isNumber: true, cell: (one) => number(one.differing) },
    {
      title: t(w.simulate.askedOtherwise),
      isNumber: true,
      cell: (one) => number(one.askedOtherwise),
    },
  ];
}

function differenceColumns(w: Words, { number }: Format): readonly Column<Difference>[] {
  return [
    { title: t(w.text.times), isNumber: true, cell: ({ count }) => number(count) },
    {
      title: t(w.simulate.was),
      cell: ({ was, askedFor }) => <Fate outcome={was} method={askedFor} />,
    },
    { title: t(w.text.reason), cell: ({ reason }) => t(whyWords(w, reason) ?? w.outcome.other) },
    {
      title: t(w.simulate.wouldBe),
      cell: ({ wouldBe, wouldAskFor }) => <Fate outcome={wouldBe} method={wouldAskFor} />,
    },
    {
      title: t(w.simulate.examples),
      isMinor: true,
      cell: ({ examples }) =>
        examples.map(({ device, sequence }) => (
          <>
            <a
              key={`${device}/${sequence}`}
              href={addressOf("ledger", { index: `${device}/${sequence}` })}
            >
              {device}/{sequence}
            </a>{" "}
          </>
        )),
    },
  ];
}

/** An outcome with what was asked for it: `face+card` is both. */
function Fate(props: {
  readonly outcome: Difference["was"];
  readonly method: string;
}): JSX.Element {
  const w = useWords();
  const factors = props.method.split("+") as (keyof Words["factor"])[];
  return (
    <>
      <Badge tone={outcomeTones[props.outcome] ?? "info"}>{t(w.outcome[props.outcome])}</Badge>{" "}
      <small class="quiet">{factors.map((factor) => plain(w.factor[factor])).join(" + ")}</small>
    </>
  );
}
