import { Printer } from "lucide-preact";
import type { JSX } from "preact";
import { Button } from "../../design/button.tsx";
import { Dialog } from "../../design/dialog.tsx";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Invited } from "./account.ts";

/** A code is shown once, large enough to be copied by hand. */
export function CodeShown(props: { readonly invited: Invited; onClose(): void }): JSX.Element {
  const w = useWords();
  const { moment } = useFormat();
  const { account, code, expiresAt, url } = props.invited;
  return (
    <Dialog
      title={t(w.staff.codeFor, { name: account.name })}
      closeName={plain(w.text.close)}
      onClose={props.onClose}
    >
      <div class="stack">
        <p class="code-shown">
          <code>{code}</code>
        </p>
        <p>
          {t(w.staff.codeAbout, { at: moment(expiresAt) })} <b>{url}</b>
        </p>
        <p class="page-tools">
          <Button onClick={() => print()}>
            <Printer size={18} aria-hidden="true" />
            {t(w.text.print)}
          </Button>
          <Button onClick={props.onClose}>{t(w.text.close)}</Button>
        </p>
      </div>
    </Dialog>
  );
}
