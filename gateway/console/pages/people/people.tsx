import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { postJson } from "../../api/client.ts";
import { Notice } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Field, Select } from "../../design/field.tsx";
import { Pairs, Sheet } from "../../design/sheet.tsx";
import { useMe } from "../../shell/access.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import { ConsentsOf } from "./consents-of.tsx";
import { OwnData } from "./own-data.tsx";
import { type Found, fields, type Looked, reasons } from "./person.ts";
import { TiesOf } from "./ties-of.tsx";

/** One person, for a reason that is on record before anything is shown. */
export function People(): JSX.Element {
  const w = useWords();
  const { scopes } = useMe();
  const [why, setWhy] = useState<Looked["why"]>("counter");
  const [found, setFound] = useState<readonly Found[]>();
  const [hasFailed, setFailed] = useState(false);
  const find = async (query: object) => {
    const answer = await postJson<{ persons: readonly Found[] }>("/api/registry/persons/find", {
      ...{ query, fields, why },
    });
    setFailed(!answer.ok);
    setFound(answer.ok ? answer.value.persons : undefined);
  };
  return (
    <>
      <PageHead title={w.page.people} lead={t(w.lead.people)} />
      <div class="stack">
        <Sheet title={t(w.text.findPerson)}>
          <Search why={why} onWhy={setWhy} onFind={(query) => void find(query)} />
          {hasFailed ? <Notice tone="bad">{t(w.text.notDone)}</Notice> : null}
          {found?.length === 0 ? <p class="empty">{t(w.text.nobodyFound)}</p> : null}
        </Sheet>
        {found?.map((one) => {
          const { reference } = one;
          return (
            <div class="stack" key={one.id}>
              <Facts of={one} />
              <TiesOf {...{ reference, why }} />
              {scopes.has("consents:read") ? <ConsentsOf {...{ reference, why }} /> : null}
              {scopes.has("own-data:read") ? <OwnData reference={reference} /> : null}
            </div>
          );
        })}
      </div>
    </>
  );
}

function Search(props: {
  readonly why: Looked["why"];
  onWhy(why: Looked["why"]): void;
  onFind(query: object): void;
}): JSX.Element {
  const w = useWords();
  const [by, setBy] = useState<"reference" | "name">("reference");
  const [text, setText] = useState("");
  const [birthDate, setBirthDate] = useState("");
  const query = () =>
    by === "reference" ? { by, reference: text.trim() } : { by, name: text.trim(), birthDate };
  return (
    <form
      class="toolbar"
      onSubmit={(event) => {
        event.preventDefault();
        props.onFind(query());
      }}
    >
      <Select
        name={t(w.person.how)}
        value={by}
        choices={[
          { value: "reference", name: plain(w.person.byReference) },
          { value: "name", name: plain(w.person.byName) },
        ]}
        onChange={(value) => setBy(value as typeof by)}
      />
      <Field
        name={t(by === "reference" ? w.text.officeNumber : w.text.personName)}
        value={text}
        onInput={setText}
        isRequired
      />
      {by === "name" ? (
        <Field
          name={t(w.text.bornOn)}
          type="date"
          value={birthDate}
          onInput={setBirthDate}
          isRequired
        />
      ) : null}
      <Select
        name={t(w.text.reason)}
        value={props.why}
        choices={reasons.map((value) => ({ value, name: plain(w.why[value]) }))}
        onChange={(value) => props.onWhy(value as keyof Words["why"] & Looked["why"])}
      />
      <Button look="key" type="submit">
        {t(w.text.search)}
      </Button>
    </form>
  );
}

function Facts({ of: one }: { readonly of: Found }): JSX.Element {
  const w = useWords();
  return (
    <Sheet title={one.name ?? one.reference}>
      {one.protected ? <Notice tone="bad">{t(w.person.protected)}</Notice> : null}
      <Pairs
        of={[
          [t(w.text.officeNumber), one.reference],
          [t(w.text.reading), one.kana ?? "—"],
          [t(w.text.bornOn), one.birthDate ?? "—"],
          [t(w.text.address), [one.postalCode, one.address].filter(Boolean).join(" ") || "—"],
          [t(w.text.phone), one.phone ?? "—"],
          [t(w.person.email), one.email ?? "—"],
        ]}
      />
    </Sheet>
  );
}
