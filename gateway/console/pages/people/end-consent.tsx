import type { JSX } from "preact";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Consent } from "./person.ts";

/** A consent ends at the counter, for somebody whose identity was established there. */
export function EndConsent(props: {
  readonly consent: Consent;
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { service, person } = props.consent;
  return (
    <ChangeDialog
      title={t(w.person.withdraw)}
      act={w.person.withdraw}
      path="/api/consents/withdraw"
      body={() => ({ service, person, how: "counter" })}
      onClose={props.onClose}
      onDone={() => props.onDone()}
    >
      <p>{t(w.person.withdrawAsk, { service: plain(w.service[service]) })}</p>
    </ChangeDialog>
  );
}
