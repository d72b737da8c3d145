import type { JSX } from "preact";
import { useResource } from "../api/resource.ts";
import type { QuarantineAnswer, Refused } from "../api/shapes.ts";
import { Notice } from "../design/badge.tsx";
import { FileLink } from "../design/button.tsx";
import { Sheet } from "../design/sheet.tsx";
import { type Column, Table } from "../design/table.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { addressOf } from "../shell/route.ts";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { flawOf } from "./outcome.tsx";

/** What the gateway did not believe, and why, in words. */
export function Quarantine(): JSX.Element {
  const w = useWords();
  const { moment, number } = useFormat();
  const { value, code } = useResource<QuarantineAnswer>("/api/quarantine?limit=1000");
  const columns: readonly Column<Refused>[] = [
    { title: t(w.text.time), cell: ({ receivedAt }) => moment(receivedAt), width: "9rem" },
    {
      title: t(w.text.box),
      cell: ({ device }) => <a href={addressOf("devices", { box: device })}>{device}</a>,
      width: "9rem",
    },
    {
      title: t(w.text.whyRefused),
      cell: ({ code: flaw }) => t(w.flaw[flawOf(flaw)]),
    },
    {
      title: t(w.text.refusalCode),
      isMinor: true,
      cell: ({ code: flaw }) => <code>{flaw}</code>,
      width: "17rem",
    },
    {
      title: t(w.text.times),
      isNumber: true,
      isMinor: true,
      cell: ({ times }) => number(times),
      width: "6rem",
    },
  ];
  return (
    <>
      <PageHead
        title={w.page.quarantine}
        lead={t(w.lead.quarantine)}
        tools={
          <FileLink href="/api/quarantine?limit=1000" isPage>
            JSON
          </FileLink>
        }
      />
      {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
      <Sheet title={t(w.text.refusedEvents)}>
        <Table
          name={plain(w.text.refusedEvents)}
          columns={columns}
          rows={value?.refused ?? []}
          keyOf={({ id }) => id}
          empty={t(w.text.nothingRefused)}
        />
      </Sheet>
    </>
  );
}
