import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ShelterNeed } from "#contract/bodies/shelter.ts";
import { postJson } from "../api/client.ts";
import type { EvacueesAnswer } from "../api/shapes.ts";
import { Notice } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Check, Field, Select } from "../design/field.tsx";
import { say } from "../design/toast.tsx";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";

type Shelters = EvacueesAnswer["shelters"];

interface Typed {
  readonly kana: string;
  readonly name: string;
  readonly age: string;
  readonly phone: string;
  readonly note: string;
  readonly shelter: string;
  readonly needs: ReadonlySet<ShelterNeed>;
  readonly isProtected: boolean;
}

const nothing = { kana: "", name: "", age: "", phone: "", note: "", isProtected: false };

/**
 * Takes in somebody without card and without a face that a box knows: reading, Enter, and it is done; all
 * else may wait. The field of the reading has the focus, and has it again for the next in the queue.
 */
export function HandEntry(props: {
  readonly shelters: Shelters;
  readonly shelter: string;
  onClose(): void;
  onEntered(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const first = props.shelter || (props.shelters[0]?.shelter ?? "");
  const [typed, setTyped] = useState<Typed>({ ...nothing, shelter: first, needs: new Set() });
  const [flaw, setFlaw] = useState<"kana" | "age" | "refused">();
  const [isSaving, setSaving] = useState(false);
  const reading = useRef<HTMLInputElement | null>(null);
  useEffect(() => reading.current?.focus(), []);
  const change = (part: Partial<Typed>) => setTyped((now) => ({ ...now, ...part }));
  const save = async () => {
    const body = bodyOf(typed);
    if (typeof body === "string") {
      setFlaw(body);
      reading.current?.focus();
      return;
    }
    setSaving(true);
    const answer = await postJson("/api/shelter/entries", body);
    setSaving(false);
    if (!answer.ok) {
      setFlaw("refused");
      return;
    }
    setFlaw(undefined);
    say("good", t(w.text.entered, { name: typed.kana }));
    setTyped({ ...nothing, shelter: typed.shelter, needs: new Set() });
    reading.current?.focus();
    await props.onEntered();
  };
  return (
    <Dialog title={t(w.text.enterByHand)} closeName={plain(w.text.close)} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isSaving) void save();
        }}
      >
        <p class="quiet">{t(w.text.enterHint)}</p>
        {flaw === "refused" ? <Notice tone="bad">{t(w.text.notDone)}</Notice> : null}
        <Fields {...{ typed, change, shelters: props.shelters, flaw, w }} reading={reading} />
        <p class="page-tools">
          <Button look="key" type="submit" disabled={isSaving}>
            {t(w.text.takeIn)}
          </Button>
          <Button onClick={props.onClose}>{t(w.text.close)}</Button>
        </p>
      </form>
    </Dialog>
  );
}

function Fields(props: {
  readonly typed: Typed;
  change(part: Partial<Typed>): void;
  readonly shelters: Shelters;
  readonly flaw: string | undefined;
  readonly w: Words;
  readonly reading: { current: HTMLInputElement | null };
}): JSX.Element {
  const { typed, change, shelters, flaw, w, reading } = props;
  return (
    <>
      <div class="fields">
        <Field
          name={t(w.text.reading)}
          value={typed.kana}
          onInput={(kana) => change({ kana })}
          inputRef={(element) => {
            reading.current = element;
          }}
          isRequired
          {...(flaw === "kana" ? { flaw: t(w.text.readingNeeded) } : {})}
        />
        <Field
          name={t(w.text.personName)}
          value={typed.name}
          onInput={(name) => change({ name })}
        />
        <Field
          name={t(w.text.age)}
          value={typed.age}
          onInput={(age) => change({ age })}
          {...(flaw === "age" ? { flaw: t(w.text.ageFlaw) } : {})}
        />
        <Select
          name={t(w.text.shelter)}
          value={typed.shelter}
          choices={shelters.map(({ shelter, label }) => ({ value: shelter, name: label }))}
          onChange={(shelter) => change({ shelter })}
        />
      </div>
      <Needs chosen={typed.needs} onChange={(needs) => change({ needs })} />
      <div class="fields">
        <Field
          name={t(w.text.phone)}
          type="tel"
          value={typed.phone}
          onInput={(phone) => change({ phone })}
        />
        <Field name={t(w.text.note)} value={typed.note} onInput={(note) => change({ note })} />
      </div>
      <Check
        name={t(w.text.protectPerson)}
        checked={typed.isProtected}
        onChange={(isProtected) => change({ isProtected })}
      />
    </>
  );
}

function Needs(props: {
  readonly chosen: ReadonlySet<ShelterNeed>;
  onChange(needs: ReadonlySet<ShelterNeed>): void;
}): JSX.Element {
  const w = useWords();
  const needs = Object.keys(w.need) as ShelterNeed[];
  const toggle = (need: ShelterNeed, on: boolean) => {
    const next = new Set(props.chosen);
    if (on) next.add(need);
    else next.delete(need);
    props.onChange(next);
  };
  return (
    <fieldset class="group">
      <legend>{t(w.text.needs)}</legend>
      <div class="checks">
        {needs.map((need) => (
          <Check
            key={need}
            name={t(w.need[need])}
            checked={props.chosen.has(need)}
            onChange={(on) => toggle(need, on)}
          />
        ))}
      </div>
    </fieldset>
  );
}

/** What the gateway takes, or which field keeps it from doing so. */
function bodyOf(typed: Typed): object | "kana" | "age" {
  const kana = typed.kana.trim();
  if (kana === "") return "kana";
  const age = typed.age.normalize("NFKC").trim();
  if (age !== "" && !/^(\d{1,2}|1[0-2]\d|130)$/.test(age)) return "age";
  const given = {
    name: typed.name.trim(),
    phone: typed.phone.trim(),
    needsNote: typed.note.trim(),
  };
  const known = Object.entries(given).filter(([, value]) => value !== "");
  return {
    shelter: typed.shelter,
    details: { kana, ...(age === "" ? {} : { age: Number(age) }), ...Object.fromEntries(known) },
    needs: [...typed.needs],
    protected: typed.isProtected,
  };
}
