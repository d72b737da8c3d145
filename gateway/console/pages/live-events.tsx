import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { type Column, Table } from "../design/table.tsx";
import type { LiveRow } from "../live/row.ts";
import { live } from "../live/stream.ts";
import { addressOf } from "../shell/route.ts";
import { useStore } from "../store.ts";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { Outcome, serviceName, WhyOf } from "./outcome.tsx";

/** The newest entries of the ledger as they come. They can be held still, to be read. */
export function LiveEvents(props: {
  readonly isPaused: boolean;
  readonly most: number;
}): JSX.Element {
  const w = useWords();
  const { time, number } = useFormat();
  const rows = useStore(live, (now) => now.rows);
  const held = useRef(rows);
  if (!props.isPaused) held.current = rows;
  const columns: readonly Column<LiveRow>[] = [
    { title: t(w.text.time), cell: ({ at }) => <span class="number">{time(at)}</span> },
    { title: t(w.text.outcome), cell: (row) => <Outcome row={row} /> },
    {
      title: t(w.text.where),
      cell: ({ service, device }) => {
        const name = service === undefined ? undefined : serviceName(w, service);
        return (
          <>
            {name ? t(name) : null} <span class="quiet">{device}</span>
          </>
        );
      },
    },
    { title: t(w.text.reason), isMinor: true, cell: (row) => <WhyOf row={row} /> },
    {
      title: t(w.text.entryNumber),
      isMinor: true,
      isNumber: true,
      cell: ({ index }) => <a href={addressOf("ledger", { index: `${index}` })}>{number(index)}</a>,
    },
  ];
  return (
    <Table
      name={plain(w.text.liveEvents)}
      columns={columns}
      rows={held.current.slice(0, props.most)}
      keyOf={({ index }) => index}
      empty={t(w.text.nothingLive)}
    />
  );
}
