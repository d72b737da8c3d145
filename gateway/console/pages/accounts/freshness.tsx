import { KeyRound } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { signInAgain } from "../../api/sign-in-again.ts";
import { Notice } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { learnWhoIsHere, useMe } from "../../shell/access.ts";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";

/** Says before anything is typed that the passkey will be asked for, and not after. */
export function Freshness(): JSX.Element | null {
  const w = useWords();
  const { isFresh } = useMe();
  useEffect(() => void learnWhoIsHere(), []);
  if (isFresh) return null;
  return (
    <Notice tone="info">
      <p>{t(w.staff.stale)}</p>
      <Button onClick={() => void signInAgain(false)}>
        <KeyRound size={18} aria-hidden="true" />
        {t(w.staff.showPasskey)}
      </Button>
    </Notice>
  );
}
