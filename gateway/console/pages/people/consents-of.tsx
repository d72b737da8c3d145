import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { DeletionStatus } from "../../../consent/deletions.ts";
import { usePosted } from "../../api/posted.ts";
import { Badge, Notice, type Tone } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useMe } from "../../shell/access.ts";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import { Certificate } from "./certificate.tsx";
import { EndConsent } from "./end-consent.tsx";
import type { Consent, Looked } from "./person.ts";
import { type PersonsProxy, ProxiesOf } from "./proxies-of.tsx";

const tones: Readonly<Record<Consent["state"], Tone>> = {
  standing: "good",
  "not-begun": "info",
  withdrawn: "none",
  expired: "none",
  refused: "bad",
};

/** What somebody agreed to, service by service, which boxes hold them, and what of it is deleted. */
export function ConsentsOf({ reference, why }: Looked): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { scopes } = useMe();
  const { value, code, reload } = usePosted<{
    consents: readonly Consent[];
    proxies: readonly PersonsProxy[];
  }>("/api/registry/persons/consents", { reference, why });
  const [ending, setEnding] = useState<Consent>();
  const done = async () => {
    setEnding(undefined);
    await reload();
  };
  const columns = columnsOf(w, format, scopes.has("consents:write") ? setEnding : undefined);
  return (
    <>
      <Sheet
        title={t(w.person.consents)}
        tools={<Button onClick={() => void reload()}>{t(w.text.readAgain)}</Button>}
      >
        {code ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        <Table
          name={plain(w.person.consents)}
          columns={columns}
          rows={value?.consents ?? []}
          keyOf={({ service }) => service}
          empty={value ? t(w.person.noConsent) : t(w.text.loading)}
        />
        {ending ? (
          <EndConsent consent={ending} onClose={() => setEnding(undefined)} onDone={done} />
        ) : null}
      </Sheet>
      <ProxiesOf proxies={value?.proxies ?? []} onDone={reload} />
    </>
  );
}

function columnsOf(
  w: Words,
  format: Format,
  onEnd: ((consent: Consent) => void) | undefined,
): readonly Column<Consent>[] {
  const when = (at: number | null) => (at === null ? "" : format.moment(at));
  return [
    { title: t(w.text.service), cell: ({ service }) => t(w.service[service]) },
    {
      title: t(w.text.state),
      cell: ({ state }) => <Badge tone={tones[state]}>{t(w.consentState[state])}</Badge>,
    },
    {
      title: t(w.proxy.agreedBy),
      isMinor: true,
      cell: ({ by }) => (by === null ? "" : t(w.speaker[by])),
    },
    {
      title: t(w.proxy.signedWith),
      isMinor: true,
      cell: ({ key }) => (key === null ? "" : t(w.consentKey[key])),
    },
    { title: t(w.person.from), isMinor: true, cell: ({ from }) => when(from) },
    {
      title: t(w.person.until),
      isMinor: true,
      cell: ({ until, endedAt }) => when(endedAt ?? until),
    },
    {
      title: t(w.person.boxes),
      cell: ({ deletion: { of, gone } }) => format.number(of - gone),
      isNumber: true,
    },
    {
      title: t(w.person.deletion),
      cell: ({ endedAt, deletion }) => (endedAt === null ? "" : <Progress of={deletion} />),
    },
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (consent) => {
        if (consent.state === "standing" && onEnd) {
          return <Button onClick={() => onEnd(consent)}>{t(w.person.withdraw)}</Button>;
        }
        return consent.endedAt !== null && consent.deletion.waiting.length === 0 ? (
          <Certificate consent={consent} />
        ) : null;
      },
    },
  ];
}

/** "Gone from 38 of 40; not heard from: bus-9 since 8:12": silence is data. */
function Progress({ of: { gone, of, waiting } }: { readonly of: DeletionStatus }): JSX.Element {
  const w = useWords();
  const { number, moment } = useFormat();
  const boxes = waiting.map(({ device: box, lastHeardAt }) =>
    lastHeardAt === null
      ? plain(w.person.sinceStart, { box })
      : plain(w.person.sinceAt, { box, at: moment(lastHeardAt) }),
  );
  return (
    <>
      <Badge tone={waiting.length === 0 ? "good" : "care"}>
        {t(w.person.goneFrom, { gone: number(gone), of: number(of) })}
      </Badge>
      {waiting.length > 0 ? (
        <small class="quiet">
          {" "}
          {t(w.person.waitingFor, { boxes: boxes.join(plain(w.text.comma)) })}
        </small>
      ) : null}
    </>
  );
}
