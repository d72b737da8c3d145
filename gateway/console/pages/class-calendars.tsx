import { CalendarPlus } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CalendarFeed } from "../../school/calendar-feeds.ts";
import { postJson } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { Notice } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { ChangeDialog } from "../design/change-dialog.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Sheet } from "../design/sheet.tsx";
import { Table } from "../design/table.tsx";
import { say } from "../design/toast.tsx";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";

/** Addresses of a class's timetable for calendar programs: made, listed and ended by a clerk. */
export function ClassCalendars({ schoolClass }: { readonly schoolClass: string }): JSX.Element {
  const w = useWords();
  const { moment } = useFormat();
  const query = `?class=${encodeURIComponent(schoolClass)}`;
  const feeds = useResource<{ calendars: readonly CalendarFeed[] }>(
    `/api/school/calendars${query}`,
  );
  const [address, setAddress] = useState<string>();
  const [ending, setEnding] = useState<CalendarFeed>();
  const make = async () => {
    const answer = await postJson<{ path: string }>("/api/school/calendars", {
      class: schoolClass,
    });
    if (answer.ok) {
      setAddress(new URL(answer.value.path, location.origin).href);
      await feeds.reload();
    } else say("bad", t(answer.code === "CALENDARS_TOO_MANY" ? w.feed.tooMany : w.text.notDone));
  };
  return (
    <Sheet
      title={t(w.feed.title)}
      isOnScreen
      tools={
        <Button onClick={() => void make()}>
          <CalendarPlus size={18} aria-hidden="true" />
          {t(w.feed.make)}
        </Button>
      }
    >
      <p class="quiet">{t(w.feed.about)}</p>
      {feeds.code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
      <Table<CalendarFeed>
        name={plain(w.feed.title)}
        columns={[
          { title: t(w.feed.madeAt), cell: ({ madeAt }) => moment(madeAt) },
          { title: t(w.text.schoolClass), cell: ({ label }) => label },
          {
            title: t(w.feed.end),
            cell: (feed) => <Button onClick={() => setEnding(feed)}>{t(w.feed.end)}</Button>,
          },
        ]}
        rows={feeds.value?.calendars ?? []}
        keyOf={({ handle }) => handle}
        empty={t(w.feed.none)}
      />
      {address ? <Address {...{ address }} onClose={() => setAddress(undefined)} /> : null}
      {ending ? (
        <ChangeDialog
          title={t(w.feed.endTitle)}
          act={w.feed.end}
          path="/api/school/calendars/end"
          body={() => ({ class: schoolClass, handle: ending.handle })}
          onClose={() => setEnding(undefined)}
          onDone={async () => {
            setEnding(undefined);
            await feeds.reload();
          }}
        >
          <p>{t(w.feed.endAsk)}</p>
        </ChangeDialog>
      ) : null}
    </Sheet>
  );
}

/** The gateway keeps a digest alone, so an address is shown this once. */
function Address(props: { readonly address: string; onClose(): void }): JSX.Element {
  const w = useWords();
  const { address, onClose } = props;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      say("good", t(w.feed.copied));
    } catch {
      // No clipboard without TLS, or it was not allowed: the text can be marked and copied by hand.
      say("care", t(w.feed.byHand));
    }
  };
  return (
    <Dialog title={t(w.feed.made)} closeName={plain(w.text.close)} onClose={onClose}>
      <div class="stack">
        <p class="code-shown">
          <code>{address}</code>
        </p>
        <p>{t(w.feed.once)}</p>
        <p class="page-tools">
          <Button look="key" onClick={() => void copy()}>
            {t(w.feed.copy)}
          </Button>
          <Button onClick={onClose}>{t(w.text.close)}</Button>
        </p>
      </div>
    </Dialog>
  );
}
