import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { postJson } from "../api/client.ts";
import { Notice } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Select } from "../design/field.tsx";
import { say } from "../design/toast.tsx";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";
import type { PupilRow } from "./pupil.ts";

const findings = ["present", "late", "left-early", "absent", "unconfirmed"] as const;
type Finding = (typeof findings)[number];

interface TeachersWord {
  readonly status: Finding;
  readonly reason: keyof Words["correction"];
  readonly absence: keyof Words["absence"];
}

/** A teacher's word on a child's day. What was recorded stays; this stands after it. */
export function Correction(props: {
  readonly pupil: PupilRow;
  readonly schoolClass: string;
  readonly day: string;
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { pupil, schoolClass, day, onClose, onDone } = props;
  const [word, setWord] = useState<TeachersWord>({
    ...{ status: "present", reason: "seen-by-teacher", absence: "illness" },
  });
  const [hasFailed, setFailed] = useState(false);
  const save = async () => {
    const { status, reason, absence } = word;
    const finding = status === "absent" ? { status, reason: absence } : { status };
    const about = { class: schoolClass, pupil: pupil.pupil, day };
    const answer = await postJson("/api/school/corrections", { ...about, finding, reason });
    setFailed(!answer.ok);
    if (!answer.ok) return;
    say("good", t(w.text.recorded));
    onClose();
    await onDone();
  };
  return (
    <Dialog
      title={t(w.text.correctDay, { name: pupil.name ?? pupil.pupil.slice(0, 6) })}
      closeName={plain(w.text.close)}
      onClose={onClose}
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p class="quiet">{t(w.text.correctionHint)}</p>
        {hasFailed ? <Notice tone="bad">{t(w.text.notDone)}</Notice> : null}
        <Word {...{ word, setWord }} />
        <p class="page-tools">
          <Button look="key" type="submit">
            {t(w.text.save)}
          </Button>
          <Button onClick={onClose}>{t(w.text.cancel)}</Button>
        </p>
      </form>
    </Dialog>
  );
}

function Word(props: {
  readonly word: TeachersWord;
  setWord(word: TeachersWord): void;
}): JSX.Element {
  const w = useWords();
  const { word, setWord } = props;
  const { status, reason, absence } = word;
  const choicesOf = <Key extends string>(
    table: Readonly<Record<Key, Words["pupil"]["present"]>>,
    keys: readonly Key[],
  ) => keys.map((value) => ({ value, name: plain(table[value]) }));
  return (
    <div class="fields">
      <Select
        name={t(w.text.state)}
        value={status}
        choices={choicesOf(w.pupil, findings)}
        onChange={(value) => setWord({ ...word, status: value as Finding })}
      />
      {status === "absent" ? (
        <Select
          name={t(w.text.absentBecause)}
          value={absence}
          choices={choicesOf(w.absence, Object.keys(w.absence) as (keyof Words["absence"])[])}
          onChange={(value) => setWord({ ...word, absence: value as keyof Words["absence"] })}
        />
      ) : null}
      <Select
        name={t(w.text.reason)}
        value={reason}
        choices={choicesOf(
          w.correction,
          Object.keys(w.correction) as (keyof Words["correction"])[],
        )}
        onChange={(value) => setWord({ ...word, reason: value as keyof Words["correction"] })}
      />
    </div>
  );
}
