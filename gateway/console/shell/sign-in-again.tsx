import { KeyRound } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { showPasskey } from "../api/passkey.ts";
import { goToSignIn, type Question, question } from "../api/sign-in-again.ts";
import { Notice } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { useStore } from "../store.ts";
import { useWords } from "../words/language.ts";
import { t } from "../words/phrase.ts";
import { learnWhoIsHere, useMe } from "./access.ts";

/** Asks for the passkey where something was typed that would be lost with the page. */
export function SignInAgain(): JSX.Element | null {
  const asked = useStore(question);
  return asked ? <Ask {...asked} /> : null;
}

function Ask({ isOver, answer }: Question): JSX.Element {
  const w = useWords();
  const me = useMe();
  const [isAsking, setAsking] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const show = async () => {
    setAsking(true);
    const account = await showPasskey();
    setAsking(false);
    setFailed(account === undefined);
    if (account === undefined) return;
    // Somebody else begins with a page of their own, and finds nothing that was typed here.
    if (account !== me.id) location.reload();
    else answer(await learnWhoIsHere());
  };
  const leave = () => (isOver ? goToSignIn() : answer(false));
  return (
    <Dialog title={t(isOver ? w.again.over : w.again.stale)} isCover={isOver} onClose={leave}>
      <div class="stack">
        <p>{t(isOver ? w.again.overAbout : w.again.staleAbout)}</p>
        {hasFailed ? <Notice tone="bad">{t(w.again.refused)}</Notice> : null}
        <p class="page-tools">
          <Button look="key" disabled={isAsking} onClick={() => void show()}>
            <KeyRound size={18} aria-hidden="true" />
            {t(w.staff.showPasskey)}
          </Button>
          <Button onClick={leave}>{t(isOver ? w.again.otherWay : w.text.cancel)}</Button>
        </p>
      </div>
    </Dialog>
  );
}
