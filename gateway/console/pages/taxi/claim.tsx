import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { postJson } from "../../api/client.ts";
import { Notice } from "../../design/badge.tsx";
import { Button, FileLink } from "../../design/button.tsx";
import { Dialog } from "../../design/dialog.tsx";
import { Field } from "../../design/field.tsx";
import { useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";

/** What a company claims for a month is stated, once and for all, and then there is its file. */
export function Claim(props: {
  /** Whose claim it most likely is. */
  readonly company?: string | undefined;
  onClose(): void;
}): JSX.Element {
  const { onClose } = props;
  const w = useWords();
  const { number, yen } = useFormat();
  const [company, setCompany] = useState(props.company ?? "");
  const [month, setMonth] = useState("");
  const [stated, setStated] = useState<{ rides: number; yen: number } | "failed">();
  const query = new URLSearchParams({ company: company.trim(), month: month.trim() });
  const state = async () => {
    const answer = await postJson<{ rides: number; yen: number }>(
      "/api/taxi/claims",
      Object.fromEntries(query),
    );
    setStated(answer.ok ? answer.value : "failed");
  };
  return (
    <Dialog title={t(w.taxi.claim)} closeName={plain(w.text.close)} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void state();
        }}
      >
        <div class="fields">
          <Field name={t(w.taxi.company)} value={company} onInput={setCompany} isRequired />
          <Field name={t(w.taxi.month)} value={month} onInput={setMonth} isRequired />
        </div>
        {stated === "failed" ? <Notice tone="bad">{t(w.form.fillIn)}</Notice> : null}
        {typeof stated === "object" ? (
          <Notice tone="good">
            {t(w.taxi.claimed, { n: number(stated.rides), yen: yen(stated.yen) })}{" "}
            <FileLink href={`/api/taxi/claims.csv?${query}`}>{t(w.taxi.claimFile)}</FileLink>
          </Notice>
        ) : null}
        <p class="page-tools">
          <Button look="key" type="submit">
            {t(w.taxi.claim)}
          </Button>
        </p>
      </form>
    </Dialog>
  );
}
