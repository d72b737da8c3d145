import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { postJson } from "../api/client.ts";
import { useWords } from "../words/language.ts";
import { type Phrase, plain, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";
import { Notice } from "./badge.tsx";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

/** A dialog that sends one thing to the gateway, and says where that did not work. */
export function ChangeDialog<Given>(props: {
  readonly title: ComponentChildren;
  readonly act: Phrase;
  readonly path: string;
  /** What is sent; or the words for what is missing. */
  body(): object | Phrase;
  onClose(): void;
  onDone(given: Given): Promise<void>;
  /** Words for what the gateway may say, by its code. */
  readonly refusals?: Readonly<Record<string, Phrase>>;
  readonly children: ComponentChildren;
}): JSX.Element {
  const w = useWords();
  const [flaw, setFlaw] = useState<Phrase>();
  const [isSending, setSending] = useState(false);
  const send = async () => {
    const body = props.body();
    if (typeof body === "string") return setFlaw(body as Phrase);
    setSending(true);
    const answer = await postJson<Given>(props.path, body);
    setSending(false);
    if (answer.ok) await props.onDone(answer.value);
    else setFlaw(props.refusals?.[answer.code] ?? refusalWords(w, answer.code));
  };
  return (
    <Dialog title={props.title} closeName={plain(w.text.close)} onClose={props.onClose}>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {props.children}
        {flaw ? <Notice tone="bad">{t(flaw)}</Notice> : null}
        <p class="page-tools">
          <Button look="key" type="submit" disabled={isSending}>
            {t(props.act)}
          </Button>
          <Button onClick={props.onClose}>{t(w.text.cancel)}</Button>
        </p>
      </form>
    </Dialog>
  );
}

/** What a desk's refusal means, by the shape of its code; codes that say more have words of their own. */
function refusalWords(w: Words, code: string): Phrase {
  if (code.startsWith("DECISION_")) return w.form.notProved;
  if (code.startsWith("DEVICE_")) return w.form.noSuchBox;
  if (/_(UNKNOWN|MISSING)$/.test(code)) return w.form.notOnRecord;
  return code === "GATEWAY_UNREACHABLE" ? w.text.notRead : w.text.notDone;
}
