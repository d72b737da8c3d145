import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { usePosted } from "../../api/posted.ts";
import { Notice } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useMe } from "../../shell/access.ts";
import { useWords } from "../../words/language.ts";
import { type Phrase, plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import { AddEntitlement } from "./add-entitlement.tsx";
import { AddGuardian } from "./add-guardian.tsx";
import type { Looked } from "./person.ts";

interface Tie {
  readonly way: keyof Words["way"];
  readonly content: Readonly<Record<string, unknown>>;
}

/** What ties somebody to others, and what they are entitled to. Others stand here by their numbers. */
export function TiesOf({ reference, why }: Looked): JSX.Element {
  const w = useWords();
  const { scopes } = useMe();
  const { value, code, reload } = usePosted<{ ties: readonly Tie[] }>(
    "/api/registry/persons/ties",
    { reference, why },
  );
  const [adding, setAdding] = useState<"entitlement" | "guardian">();
  const done = async () => {
    setAdding(undefined);
    await reload();
  };
  const close = () => setAdding(undefined);
  const tools = (
    <>
      {scopes.has("entitlements:write") ? (
        <Button onClick={() => setAdding("entitlement")}>{t(w.person.addEntitlement)}</Button>
      ) : null}
      {scopes.has("guardians:write") ? (
        <Button onClick={() => setAdding("guardian")}>{t(w.person.addGuardian)}</Button>
      ) : null}
    </>
  );
  return (
    <Sheet title={t(w.person.ties)} tools={tools}>
      {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
      <Table
        name={plain(w.person.ties)}
        columns={columnsOf(w)}
        rows={value?.ties ?? []}
        keyOf={(tie) => JSON.stringify(tie)}
        empty={value ? t(w.person.noTies) : t(w.text.loading)}
      />
      {adding === "entitlement" ? (
        <AddEntitlement person={reference} onClose={close} onDone={done} />
      ) : null}
      {adding === "guardian" ? (
        <AddGuardian ward={reference} onClose={close} onDone={done} />
      ) : null}
    </Sheet>
  );
}

function columnsOf(w: Words): readonly Column<Tie>[] {
  const day = (key: "from" | "until") => (tie: Tie) => String(tie.content[key] ?? "");
  return [
    { title: t(w.person.tie), cell: ({ way }) => t(w.way[way]) },
    { title: t(w.person.with), cell: (tie) => told(w, tie) },
    { title: t(w.person.from), isMinor: true, cell: day("from") },
    { title: t(w.person.until), isMinor: true, cell: day("until") },
  ];
}

function told(w: Words, { way, content }: Tie): string {
  const text = (key: string) => String(content[key] ?? "");
  const named = (table: Readonly<Record<string, Phrase>>, key: string) => {
    const words = table[text(key)];
    return words ? plain(words) : text(key);
  };
  switch (way) {
    case "member.person":
      return [text("school"), text("name")].filter(Boolean).join(" ");
    case "household.person":
      return `${text("household")} (${named(w.relation, "relation")})`;
    case "guardian.guardian":
      return `${text("ward")} (${named(w.relation, "relation")})`;
    case "guardian.ward":
      return `${text("guardian")} (${named(w.relation, "relation")})`;
    case "entitlement.person":
      return [named(w.entitlement, "entitlement"), text("certificate")].filter(Boolean).join(" ");
    default:
      throw new Error(`a tie ${way satisfies never}`);
  }
}
