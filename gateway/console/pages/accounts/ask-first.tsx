import type { JSX } from "preact";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";
import type { Account, Invited } from "./account.ts";

interface AskProps {
  readonly account: Account;
  onClose(): void;
  onDone(invited?: Invited): Promise<void>;
}

/** For whoever lost passkeys and recovery codes, or never began, or shall come back. */
export function NewCode({ account, onClose, onDone }: AskProps): JSX.Element {
  const w = useWords();
  const { id, name } = account;
  return (
    <ChangeDialog<Invited>
      title={t(w.staff.reset)}
      act={w.staff.reset}
      path="/api/staff/accounts/invite-again"
      {...{ body: () => ({ id }), onClose, onDone }}
    >
      <p>{t(w.staff.resetAsk, { name })}</p>
    </ChangeDialog>
  );
}

export function CloseAccount({ account, onClose, onDone }: AskProps): JSX.Element {
  const w = useWords();
  const { id, name } = account;
  return (
    <ChangeDialog
      title={t(w.staff.close)}
      act={w.staff.close}
      path="/api/staff/accounts/revoke"
      refusals={{ LAST_ADMINISTRATOR: w.staff.lastAdministrator }}
      {...{ body: () => ({ id }), onClose, onDone: () => onDone() }}
    >
      <p>{t(w.staff.closeAsk, { name })}</p>
    </ChangeDialog>
  );
}
