import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Look } from "../../ledger/looks.ts";
import { useLooks } from "../api/looks.ts";
import { Notice } from "../design/badge.tsx";
import { Button, FileLink } from "../design/button.tsx";
import { Field, Select } from "../design/field.tsx";
import { Sheet } from "../design/sheet.tsx";
import { type Column, Table } from "../design/table.tsx";
import { useMe } from "../shell/access.ts";
import { PageHead } from "../shell/page-head.tsx";
import { addressOf, useRoute } from "../shell/route.ts";
import { type Format, useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { type Phrase, plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";
import { eventName } from "./outcome.tsx";

const kinds = ["look", "sign-in", "refusal", "account"] as const;

/** Who looked at people's data, who came in and who was refused, from the ledger itself. */
export function Audit(): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { scopes } = useMe();
  const asked = useRoute().query.get("who") ?? "";
  const [who, setWho] = useState(asked);
  const [kind, setKind] = useState("");
  const query = new URLSearchParams({
    ...(kind === "" ? {} : { kind }),
    ...(/^[a-z-]+:[0-9a-f]{16}$|^command-line$|^nobody$/.test(who.trim())
      ? { who: who.trim() }
      : {}),
  });
  const { looks, code, isReading, more } = useLooks(query.toString());
  return (
    <>
      <PageHead
        title={w.page.audit}
        lead={t(w.lead.audit)}
        tools={
          <FileLink href={`/api/audit?${query}`} isPage>
            JSON
          </FileLink>
        }
      />
      <div class="stack">
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        <Sheet title={t(w.page.audit)}>
          <div class="toolbar">
            <Select
              name={t(w.audit.kind)}
              value={kind}
              choices={[
                { value: "", name: plain(w.audit.all) },
                ...kinds.map((one) => ({ value: one, name: plain(w.audit[one]) })),
              ]}
              onChange={setKind}
            />
            <Field
              name={t(w.audit.whoOnly)}
              hint={t(w.audit.whoHint)}
              value={who}
              onInput={setWho}
            />
          </div>
          <Table
            name={plain(w.page.audit)}
            columns={columnsOf(w, format, scopes.has("ledger:read"))}
            rows={looks}
            keyOf={({ index }) => index}
            empty={isReading ? t(w.text.loading) : t(w.text.nothingYet)}
          />
          <p class="list-end">
            {more ? (
              <Button disabled={isReading} onClick={() => void more()}>
                {t(isReading ? w.text.loading : w.audit.older)}
              </Button>
            ) : isReading ? null : (
              <span class="quiet">{t(w.audit.whole)}</span>
            )}
          </p>
        </Sheet>
      </div>
    </>
  );
}

/** An account or key as the ledger has it; a narrow column breaks it behind its kind. */
function Who({ of }: { readonly of: string }): JSX.Element {
  const [kind, id] = of.split(":");
  if (id === undefined) return <span class="id">{of}</span>;
  return (
    <span class="id">
      {kind}:<wbr />
      {id}
    </span>
  );
}

function columnsOf(
  w: Words,
  { moment, number }: Format,
  mayProve: boolean,
): readonly Column<Look>[] {
  const reasons: Readonly<Record<string, Phrase>> = { ...w.lookWhy, ...w.why };
  return [
    { title: t(w.text.time), cell: ({ at }) => moment(at), width: "9rem" },
    { title: t(w.text.who), cell: ({ who }) => <Who of={who} /> },
    { title: t(w.text.what), cell: ({ type }) => t(eventName(w, type)) },
    {
      title: t(w.text.reason),
      isMinor: true,
      cell: ({ why }) => {
        const words = reasons[why];
        return words ? t(words) : <code>{why}</code>;
      },
    },
    {
      title: t(w.audit.about),
      isMinor: true,
      cell: ({ about }) => (about ? <Who of={about} /> : ""),
    },
    {
      title: t(w.text.howMany),
      isNumber: true,
      isMinor: true,
      cell: ({ people }) => (people === null ? "" : number(people)),
      width: "6rem",
    },
    {
      title: t(w.text.entryNumber),
      isNumber: true,
      isMinor: true,
      cell: ({ index }) =>
        mayProve ? (
          <a href={addressOf("ledger", { index: `${index}` })}>{number(index)}</a>
        ) : (
          number(index)
        ),
      width: "6rem",
    },
  ];
}
