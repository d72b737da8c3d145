import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { Check, Field, Select } from "../../design/field.tsx";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";

const relations = [
  ...(["mother", "father", "parent", "grandparent", "legal-guardian", "proxy", "other"] as const),
] as const;

/** Who may act for somebody, and whether they are told of arrivals. */
export function AddGuardian(props: {
  readonly ward: string;
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const [guardian, setGuardian] = useState("");
  const [relation, setRelation] = useState<(typeof relations)[number]>("mother");
  const [notify, setNotify] = useState(true);
  const [until, setUntil] = useState("");
  const body = () => {
    if (guardian.trim() === "") return w.person.numberNeeded;
    const record = { guardian: guardian.trim(), ward: props.ward, relation, notify };
    return { records: [{ ...record, ...(until === "" ? {} : { until }) }] };
  };
  return (
    <ChangeDialog
      title={t(w.person.addGuardian)}
      act={w.text.save}
      path="/api/registry/guardians"
      refusals={{ IMPORT_REFUSED: w.person.notTaken }}
      {...{ body, onClose: props.onClose, onDone: () => props.onDone() }}
    >
      <div class="fields">
        <Field
          name={t(w.person.guardianNumber)}
          value={guardian}
          onInput={setGuardian}
          isRequired
        />
        <Select
          name={t(w.person.relation)}
          value={relation}
          choices={relations.map((value) => ({ value, name: plain(w.relation[value]) }))}
          onChange={(value) => setRelation(value as typeof relation)}
        />
        <Field name={t(w.person.until)} type="date" value={until} onInput={setUntil} />
        <Check name={t(w.person.notify)} checked={notify} onChange={setNotify} />
      </div>
    </ChangeDialog>
  );
}
