import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";
import type { Account } from "./account.ts";
import { chosenOf, GrantFields, grantsIn } from "./grant-fields.tsx";

/** Other roles, or the same ones elsewhere. */
export function SetRoles(props: {
  readonly account: Account;
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { id, name, grants } = props.account;
  const [chosen, setChosen] = useState(() => chosenOf(grants));
  const body = () => {
    const now = grantsIn(chosen);
    return now ? { id, grants: now } : w.staff.roleNeeded;
  };
  return (
    <ChangeDialog
      title={t(w.staff.changeTitle, { name })}
      act={w.text.save}
      path="/api/staff/accounts/roles"
      refusals={{ LAST_ADMINISTRATOR: w.staff.lastAdministrator }}
      {...{ body, onClose: props.onClose, onDone: () => props.onDone() }}
    >
      <p class="quiet">{t(w.staff.changeHint)}</p>
      <GrantFields chosen={chosen} onChoose={setChosen} />
    </ChangeDialog>
  );
}
