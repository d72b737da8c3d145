import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { postJson } from "../api/client.ts";
import type { EvacueeLine, EvacueesAnswer } from "../api/shapes.ts";
import { Notice } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Select } from "../design/field.tsx";
import { Pairs } from "../design/sheet.tsx";
import { say } from "../design/toast.tsx";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";

/** One evacuee: what is known, and where they go from here. */
export function Transfer(props: {
  readonly person: EvacueeLine;
  readonly shelters: EvacueesAnswer["shelters"];
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { person, shelters, onClose, onDone } = props;
  const { details, shelter } = person;
  const others = shelters.filter((one) => one.shelter !== shelter);
  const [to, setTo] = useState(others[0]?.shelter ?? "");
  const [hasFailed, setFailed] = useState(false);
  const send = async (path: string, body: object) => {
    const answer = await postJson(path, { person: person.person, ...body });
    setFailed(!answer.ok);
    if (!answer.ok) return;
    say("good", t(w.text.recorded));
    onClose();
    await onDone();
  };
  return (
    <Dialog
      title={details ? `${details.kana} ${details.name ?? ""}` : t(w.text.nameNotKnown)}
      closeName={plain(w.text.close)}
      onClose={onClose}
    >
      <div class="stack">
        {hasFailed ? <Notice tone="bad">{t(w.text.notDone)}</Notice> : null}
        <Pairs
          of={[
            [t(w.text.shelter), shelter ?? "—"],
            [t(w.text.phone), details?.phone ?? "—"],
            [t(w.text.note), details?.needsNote ?? "—"],
          ]}
        />
        {shelter !== null && others.length > 0 ? (
          <div class="toolbar">
            <Select
              name={t(w.text.moveTo)}
              value={to}
              choices={others.map((one) => ({ value: one.shelter, name: one.label }))}
              onChange={setTo}
            />
            <Button onClick={() => void send("/api/shelter/transfers", { from: shelter, to })}>
              {t(w.text.move)}
            </Button>
          </div>
        ) : null}
        {shelter === null ? null : (
          <p>
            <Button
              onClick={() => void send("/api/shelter/check-outs", { shelter, reason: "home" })}
            >
              {t(w.text.wentHome)}
            </Button>
          </p>
        )}
      </div>
    </Dialog>
  );
}
