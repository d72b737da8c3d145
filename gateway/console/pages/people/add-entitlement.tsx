import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { Field, Select } from "../../design/field.tsx";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";

/** What somebody is entitled to from a day on, as their certificate says. */
export function AddEntitlement(props: {
  readonly person: string;
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const kinds = Object.keys(w.entitlement) as (keyof Words["entitlement"])[];
  const [entitlement, setEntitlement] = useState(kinds[0] as keyof Words["entitlement"]);
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [certificate, setCertificate] = useState("");
  const body = () => {
    if (from === "") return w.person.dayNeeded;
    const record = {
      ...{ person: props.person, entitlement, from },
      ...(until === "" ? {} : { until }),
      ...(certificate.trim() === "" ? {} : { certificate: certificate.trim() }),
    };
    return { records: [record] };
  };
  return (
    <ChangeDialog
      title={t(w.person.addEntitlement)}
      act={w.text.save}
      path="/api/registry/entitlements"
      refusals={{ IMPORT_REFUSED: w.person.notTaken }}
      {...{ body, onClose: props.onClose, onDone: () => props.onDone() }}
    >
      <div class="fields">
        <Select
          name={t(w.person.entitlement)}
          value={entitlement}
          choices={kinds.map((value) => ({ value, name: plain(w.entitlement[value]) }))}
          onChange={(value) => setEntitlement(value as keyof Words["entitlement"])}
        />
        <Field name={t(w.person.from)} type="date" value={from} onInput={setFrom} isRequired />
        <Field name={t(w.person.until)} type="date" value={until} onInput={setUntil} />
        <Field name={t(w.person.certificateNumber)} value={certificate} onInput={setCertificate} />
      </div>
    </ChangeDialog>
  );
}
