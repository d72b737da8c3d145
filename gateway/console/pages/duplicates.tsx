import type { JSX } from "preact";
import { postJson } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import type { DuplicatesAnswer } from "../api/shapes.ts";
import { Button } from "../design/button.tsx";
import { Sheet } from "../design/sheet.tsx";
import { say } from "../design/toast.tsx";
import { useWords } from "../words/language.ts";
import { t } from "../words/phrase.ts";

/** Entries that may be one person. A human decides, and nobody else. */
export function Duplicates(props: {
  readonly labelOf: (shelter: string | null) => string;
}): JSX.Element | null {
  const w = useWords();
  const { value, reload } = useResource<DuplicatesAnswer>("/api/shelter/duplicates");
  const pairs = value?.duplicates ?? [];
  if (pairs.length === 0) return null;
  const decide = async (persons: readonly [string, string], same: boolean) => {
    const answer = await postJson("/api/shelter/duplicates/decide", { persons, same });
    say(answer.ok ? "good" : "bad", t(answer.ok ? w.text.recorded : w.text.notDone));
    await reload();
  };
  return (
    <Sheet title={t(w.text.perhapsSame)}>
      <ul class="stack">
        {pairs.slice(0, 10).map(({ persons, details, shelters }) => (
          <li key={persons.join()} class="pair">
            <span>
              {details
                .map(
                  (one, at) =>
                    `${one?.kana ?? "—"} ${one?.name ?? ""} (${props.labelOf(shelters[at] ?? null)})`,
                )
                .join(" · ")}
            </span>
            <span class="page-tools">
              <Button onClick={() => void decide(persons, true)}>{t(w.text.samePerson)}</Button>
              <Button onClick={() => void decide(persons, false)}>{t(w.text.twoPersons)}</Button>
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
