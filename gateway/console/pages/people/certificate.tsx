import { BadgeCheck } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { postJson } from "../../api/client.ts";
import { saveFile } from "../../api/save-file.ts";
import { Notice } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Dialog } from "../../design/dialog.tsx";
import { say } from "../../design/toast.tsx";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Consent } from "./person.ts";

interface Made {
  readonly certificate: string;
  readonly html: string;
}

/** The gateway's signed word that somebody is gone from every box: as text, and for paper. */
export function Certificate({ consent }: { readonly consent: Consent }): JSX.Element {
  const w = useWords();
  const { service, person } = consent;
  const [made, setMade] = useState<Made>();
  const make = async () => {
    const key = { service, person };
    const signed = await postJson<{ certificate: string }>("/api/consents/certificate", key);
    const page = await postJson<{ html: string }>("/api/consents/certificate-page", key);
    if (signed.ok && page.ok) setMade({ ...signed.value, ...page.value });
    else say("bad", t(w.text.notDone));
  };
  const name = `deletion-${service.replaceAll(".", "-")}`;
  return (
    <>
      <Button onClick={() => void make()}>
        <BadgeCheck size={18} aria-hidden="true" />
        {t(w.person.certificate)}
      </Button>
      {made ? (
        <Dialog
          title={t(w.person.certificate)}
          closeName={plain(w.text.close)}
          onClose={() => setMade(undefined)}
        >
          <div class="stack">
            <Notice tone="good">{t(w.person.certificateReady)}</Notice>
            <p class="page-tools">
              <Button look="key" onClick={() => saveFile(`${name}.html`, "text/html", made.html)}>
                {t(w.person.savePage)}
              </Button>
              <Button onClick={() => saveFile(`${name}.jws`, "text/plain", made.certificate)}>
                {t(w.person.saveSigned)}
              </Button>
            </p>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
