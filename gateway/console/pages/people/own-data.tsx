import { FileDown, Printer } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { postForText } from "../../api/client.ts";
import { saveFile } from "../../api/save-file.ts";
import { Button } from "../../design/button.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { say } from "../../design/toast.tsx";
import { useWords } from "../../words/language.ts";
import { t } from "../../words/phrase.ts";

/** Everything that is held of somebody, for their own request. The look is in what they are given. */
export function OwnData({ reference }: { readonly reference: string }): JSX.Element {
  const w = useWords();
  const [isReading, setReading] = useState(false);
  const save = async (form: "json" | "sheet") => {
    setReading(true);
    const answer = await postForText("/api/own-data", { reference, form });
    setReading(false);
    if (!answer.ok) say("bad", t(w.text.notDone));
    else if (form === "sheet") saveFile("own-data.txt", "text/plain", answer.value);
    else saveFile("own-data.json", "application/json", answer.value);
  };
  return (
    <Sheet title={t(w.person.export)}>
      <div class="stack">
        <p>{t(w.person.exportAbout)}</p>
        <p class="page-tools">
          <Button disabled={isReading} onClick={() => void save("sheet")}>
            <Printer size={18} aria-hidden="true" />
            {t(w.person.exportSheet)}
          </Button>
          <Button disabled={isReading} onClick={() => void save("json")}>
            <FileDown size={18} aria-hidden="true" />
            {t(w.person.exportJson)}
          </Button>
        </p>
      </div>
    </Sheet>
  );
}
