import { LogOut } from "lucide-preact";
import type { JSX } from "preact";
import { postJson } from "../api/client.ts";
import { Button } from "../design/button.tsx";
import { say } from "../design/toast.tsx";
import { useWords } from "../words/language.ts";
import { t } from "../words/phrase.ts";

/** Who is signed in here, and the way out. */
export function SignOut({ name }: { readonly name: string }): JSX.Element {
  const w = useWords();
  const leave = async () => {
    const answer = await postJson("/api/staff/sign-out", {});
    if (answer.ok) location.assign("/sign-in");
    else say("bad", t(w.text.notDone));
  };
  return (
    <div class="who">
      <a href="/account">{name}</a>
      <Button look="quiet" onClick={() => void leave()}>
        <LogOut size={18} aria-hidden="true" />
        {t(w.text.signOut)}
      </Button>
    </div>
  );
}
