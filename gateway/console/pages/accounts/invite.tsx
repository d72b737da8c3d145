import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { Field } from "../../design/field.tsx";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";
import type { Invited } from "./account.ts";
import { type Chosen, GrantFields, grantsIn } from "./grant-fields.tsx";

/** An account for somebody new, and the code with which they begin. */
export function Invite(props: {
  onClose(): void;
  onDone(invited: Invited): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Chosen>({});
  const body = () => {
    if (name.trim() === "") return w.staff.nameNeeded;
    const grants = grantsIn(chosen);
    return grants ? { name: name.trim(), grants } : w.staff.roleNeeded;
  };
  return (
    <ChangeDialog<Invited>
      title={t(w.staff.invite)}
      act={w.staff.send}
      path="/api/staff/accounts"
      {...{ body, onClose: props.onClose, onDone: props.onDone }}
    >
      <Field
        name={t(w.staff.name)}
        hint={t(w.staff.nameHint)}
        value={name}
        onInput={setName}
        isRequired
      />
      <GrantFields chosen={chosen} onChoose={setChosen} />
    </ChangeDialog>
  );
}
