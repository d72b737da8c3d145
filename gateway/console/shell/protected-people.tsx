import { Eye, EyeOff } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  endProtectedLook,
  type LookReason,
  lookMinutes,
  lookReasons,
  protectedLook,
} from "../api/protected-look.ts";
import { Notice } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Select } from "../design/field.tsx";
import type { PageName } from "../page-paths.ts";
import { useStore } from "../store.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { useMe } from "./access.ts";

/** Pages with lists of people. */
const pagesOfPeople: readonly PageName[] = [
  ...(["attendance", "shelter", "taxi", "medical", "tickets", "payments", "people"] as const),
];

/**
 * Shows people under protection on this page too, to whoever has the right and says why: until one press,
 * some minutes, or the page is left.
 */
export function ProtectedPeople({ page }: { readonly page: PageName }): JSX.Element | null {
  const { scopes } = useMe();
  if (!pagesOfPeople.includes(page) || !scopes.has("protected:read")) return null;
  return <ProtectedLook />;
}

function ProtectedLook(): JSX.Element {
  const w = useWords();
  const why = useStore(protectedLook);
  const [isAsking, setAsking] = useState(false);
  useEffect(() => {
    // The browser may keep a page that was left, and show it again as it was.
    addEventListener("pagehide", endProtectedLook);
    return () => {
      removeEventListener("pagehide", endProtectedLook);
      endProtectedLook();
    };
  }, []);
  useEffect(() => {
    if (why === undefined) return undefined;
    const timer = setTimeout(endProtectedLook, lookMinutes * 60_000);
    return () => clearTimeout(timer);
  }, [why]);
  const Icon = why === undefined ? Eye : EyeOff;
  return (
    <div class="protected-look">
      {why === undefined ? null : (
        <Notice tone="care">{t(w.veil.shown, { why: plain(w.why[why]), n: lookMinutes })}</Notice>
      )}
      {/* One button for both, so that the focus stays where it was pressed. */}
      <span class="no-print">
        <Button
          look={why === undefined ? "quiet" : "key"}
          onClick={() => (why === undefined ? setAsking(true) : endProtectedLook())}
        >
          <Icon size={18} aria-hidden="true" />
          {t(why === undefined ? w.veil.show : w.veil.hide)}
        </Button>
      </span>
      {isAsking ? <AskWhy onClose={() => setAsking(false)} /> : null}
    </div>
  );
}

function AskWhy({ onClose }: { onClose(): void }): JSX.Element {
  const w = useWords();
  const [why, setWhy] = useState<LookReason | "">("");
  const [isMissing, setMissing] = useState(false);
  const choices = lookReasons.map((value) => ({ value, name: plain(w.why[value]) }));
  return (
    <Dialog title={t(w.veil.show)} closeName={plain(w.text.close)} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (why === "") return setMissing(true);
          onClose();
          protectedLook.set(why);
        }}
      >
        <p>{t(w.veil.about, { n: lookMinutes })}</p>
        <Select
          name={t(w.text.reason)}
          value={why}
          choices={[{ value: "", name: plain(w.veil.choose) }, ...choices]}
          onChange={(value) => setWhy(value as LookReason | "")}
        />
        {isMissing && why === "" ? <Notice tone="bad">{t(w.veil.choose)}</Notice> : null}
        <p class="page-tools">
          <Button look="key" type="submit">
            {t(w.veil.show)}
          </Button>
          <Button onClick={onClose}>{t(w.text.cancel)}</Button>
        </p>
      </form>
    </Dialog>
  );
}
