import type { JSX } from "preact";
import type { ProxyStanding } from "../../../views/mandate-book.ts";
import { Badge, type Tone } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { ChangeDialog } from "../../design/change-dialog.tsx";
import { Sheet } from "../../design/sheet.tsx";
import { type Column, Table } from "../../design/table.tsx";
import { useAct } from "../../design/use-act.ts";
import { useMe } from "../../shell/access.ts";
import { type Format, useFormat } from "../../words/format.ts";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import type { Consent } from "./person.ts";

/** Somebody whom a card appointed to act for a person in one service. */
export type PersonsProxy = ProxyStanding & Pick<Consent, "service" | "person">;

const tones: Readonly<Record<PersonsProxy["state"], Tone>> = {
  standing: "good",
  "not-begun": "info",
  ended: "none",
  dismissed: "none",
};

/** Who may act for somebody. A card appoints, at a box; here it is seen, and ended at the counter. */
export function ProxiesOf(props: {
  readonly proxies: readonly PersonsProxy[];
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const format = useFormat();
  const { scopes } = useMe();
  const { doing, setDoing, close, done } = useAct<PersonsProxy>(props.onDone);
  const mayEnd = scopes.has("consents:write");
  return (
    <Sheet title={t(w.proxy.title)}>
      <Table
        name={plain(w.proxy.title)}
        columns={columnsOf(w, format, mayEnd ? setDoing : undefined)}
        rows={props.proxies}
        keyOf={({ service, proxy }) => `${service} ${proxy}`}
        empty={t(w.proxy.none)}
      />
      {doing ? <End of={doing} onClose={close} onDone={done} /> : null}
    </Sheet>
  );
}

function End(props: {
  readonly of: PersonsProxy;
  onClose(): void;
  onDone(): Promise<void>;
}): JSX.Element {
  const w = useWords();
  const { service, person, proxy } = props.of;
  return (
    <ChangeDialog
      title={t(w.proxy.endTitle)}
      act={w.proxy.end}
      path="/api/proxies/dismiss"
      body={() => ({ service, person, proxy, how: "counter" })}
      onClose={props.onClose}
      onDone={() => props.onDone()}
    >
      <p>{t(w.proxy.endAsk, { proxy: proxy.slice(0, 8), service: plain(w.service[service]) })}</p>
    </ChangeDialog>
  );
}

function columnsOf(
  w: Words,
  { moment }: Format,
  onEnd: ((proxy: PersonsProxy) => void) | undefined,
): readonly Column<PersonsProxy>[] {
  return [
    { title: t(w.text.service), cell: ({ service }) => t(w.service[service]) },
    { title: t(w.proxy.proxy), cell: ({ proxy }) => <code>{proxy.slice(0, 8)}</code> },
    {
      title: t(w.text.state),
      cell: ({ state }) => <Badge tone={tones[state]}>{t(w.proxyState[state])}</Badge>,
    },
    { title: t(w.proxy.appointedBy), isMinor: true, cell: ({ by }) => t(w.speaker[by]) },
    { title: t(w.person.from), isMinor: true, cell: ({ from }) => moment(from) },
    { title: t(w.person.until), isMinor: true, cell: ({ until }) => moment(until) },
    {
      title: t(w.text.change),
      isOnScreen: true,
      cell: (one) =>
        onEnd && (one.state === "standing" || one.state === "not-begun") ? (
          <Button onClick={() => onEnd(one)}>{t(w.proxy.end)}</Button>
        ) : null,
    },
  ];
}
