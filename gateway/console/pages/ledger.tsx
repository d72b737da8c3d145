import { BadgeCheck, FileCheck2 } from "lucide-preact";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { getJson } from "../api/client.ts";
import { Badge, Notice, type Tone } from "../design/badge.tsx";
import { Button, FileLink } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import { Figures, Pairs, Sheet } from "../design/sheet.tsx";
import { live } from "../live/stream.ts";
import { PageHead } from "../shell/page-head.tsx";
import { useRoute } from "../shell/route.ts";
import { useStore } from "../store.ts";
import { useFormat } from "../words/format.ts";
import { useWords } from "../words/language.ts";
import { t } from "../words/phrase.ts";
import {
  type CheckName,
  checkProof,
  type ProofAnswer,
  type ProofFacts,
  type Verdict,
} from "./proof-check.ts";

/** What an auditor comes for: that nothing was changed, and that this event is in it. */
export function LedgerPage(): JSX.Element {
  const w = useWords();
  const { number } = useFormat();
  const count = useStore(live, (now) => now.count);
  return (
    <>
      <PageHead
        title={w.page.ledger}
        lead={t(w.lead.ledger)}
        tools={
          <FileLink href="/api/events?limit=1000" isPage>
            JSON
          </FileLink>
        }
      />
      <div class="stack">
        <section class="sheet">
          <Figures
            facts={[
              { name: t(w.text.ledgerEntries), value: number(count), note: t(w.text.eachSigned) },
            ]}
          />
        </section>
        <VerifyAll />
        <ProveOne />
      </div>
    </>
  );
}

interface LedgerVerdict {
  readonly intact: boolean;
  readonly entries: number;
  readonly head?: string;
  readonly treeHeads?: number;
  readonly index?: number;
  readonly code?: string;
}

function VerifyAll(): JSX.Element {
  const w = useWords();
  const { number } = useFormat();
  const [verdict, setVerdict] = useState<LedgerVerdict | "running" | "failed">();
  const verify = async () => {
    setVerdict("running");
    const answer = await getJson<LedgerVerdict>("/api/ledger/verify");
    setVerdict(answer.ok ? answer.value : "failed");
  };
  return (
    <Sheet title={t(w.text.verifyAll)}>
      <div class="stack">
        <p>{t(w.text.verifyAbout)}</p>
        <p>
          <Button look="key" disabled={verdict === "running"} onClick={() => void verify()}>
            <BadgeCheck size={20} aria-hidden="true" />
            {t(verdict === "running" ? w.text.verifying : w.text.verifyAll)}
          </Button>
        </p>
        {verdict === "failed" ? <Notice tone="bad">{t(w.text.notRead)}</Notice> : null}
        {typeof verdict === "object" ? (
          <Notice tone={verdict.intact ? "good" : "bad"}>
            {verdict.intact
              ? t(w.text.intact, {
                  n: number(verdict.entries),
                  heads: number(verdict.treeHeads ?? 0),
                })
              : t(w.text.broken, { n: number(verdict.index ?? 0), code: verdict.code ?? "" })}
          </Notice>
        ) : null}
      </div>
    </Sheet>
  );
}

type Proving =
  | { readonly kind: "running" }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "uncheckable"; readonly answer: ProofAnswer }
  | { readonly kind: "done"; readonly answer: ProofAnswer; readonly facts: ProofFacts };

/** The address of a proof, from how somebody names an event: its entry, or box/number. */
function proofAddress(what: string): string | undefined {
  const text = what.trim().replaceAll(",", "");
  if (/^[1-9]\d{0,14}$/.test(text)) return `/api/ledger/proof?index=${text}`;
  const [, device, sequence] = /^([a-z0-9][a-z0-9-]*)[/ #]([1-9]\d{0,14})$/.exec(text) ?? [];
  return device && `/api/ledger/proof?device=${device}&sequence=${sequence}`;
}

function ProveOne(): JSX.Element {
  const w = useWords();
  const asked = useRoute().query.get("index") ?? "";
  const [what, setWhat] = useState(asked);
  const [proving, setProving] = useState<Proving>();
  const prove = async (named: string) => {
    const address = proofAddress(named);
    if (!address) {
      setProving({ kind: "refused", code: "USAGE" });
      return;
    }
    setProving({ kind: "running" });
    const answer = await getJson<ProofAnswer>(address);
    if (!answer.ok) setProving({ kind: "refused", code: answer.code });
    else {
      const facts = await checkProof(answer.value).catch(() => undefined);
      const { value } = answer;
      setProving(
        facts ? { kind: "done", answer: value, facts } : { kind: "uncheckable", answer: value },
      );
    }
  };
  useEffect(() => {
    setWhat(asked);
    if (asked !== "") void prove(asked);
  }, [asked]);
  return (
    <Sheet title={t(w.text.proveTitle)}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void prove(what);
        }}
      >
        <p>{t(w.text.proveAbout)}</p>
        <div class="toolbar">
          <Field
            name={t(w.text.whichEvent)}
            hint={t(w.text.whichEventHint)}
            value={what}
            onInput={setWhat}
          />
          <Button look="key" type="submit" disabled={proving?.kind === "running"}>
            <FileCheck2 size={20} aria-hidden="true" />
            {t(w.text.prove)}
          </Button>
        </div>
        {proving ? <Proof proving={proving} /> : null}
      </form>
    </Sheet>
  );
}

const checkTones: Readonly<Record<Verdict, Tone>> = {
  holds: "good",
  fails: "bad",
  "not-checked": "none",
};
const checkNames: readonly CheckName[] = ["event", "device", "path", "head"];

function Proof({ proving }: { readonly proving: Proving }): JSX.Element {
  const w = useWords();
  const { number, moment } = useFormat();
  if (proving.kind === "running") return <p class="quiet">{t(w.text.loading)}</p>;
  if (proving.kind === "refused") {
    const isMissing = proving.code === "LEDGER_ENTRY_MISSING";
    return (
      <Notice tone="bad">
        {t(
          proving.code === "USAGE"
            ? w.text.whichEventHint
            : isMissing
              ? w.text.noSuchEntry
              : w.text.notRead,
        )}
      </Notice>
    );
  }
  const file = `data:application/json,${encodeURIComponent(JSON.stringify(proving.answer.proof))}`;
  const download = (
    <p>
      <a
        class="button"
        data-look="plain"
        href={file}
        download={`proof-${proving.answer.proof.index}.json`}
      >
        {t(w.text.saveProof)}
      </a>
    </p>
  );
  if (proving.kind === "uncheckable") {
    return (
      <>
        <Notice tone="care">{t(w.text.uncheckable)}</Notice>
        {download}
      </>
    );
  }
  const { facts } = proving;
  const isProved = Object.values(facts.checks).every((verdict) => verdict !== "fails");
  const values = { index: number(facts.index), n: number(facts.size), at: moment(facts.headAt) };
  return (
    <>
      <Notice tone={isProved ? "good" : "bad"}>
        <b>{t(isProved ? w.text.proved : w.text.notProved)}</b>{" "}
        {isProved ? t(w.text.provedAbout, values) : null}
      </Notice>
      <Pairs
        of={[
          [t(w.text.box), `${facts.device} #${facts.sequence}`],
          ...checkNames.map((name): readonly [ComponentChildren, ComponentChildren] => [
            t(w.check[name]),
            <Badge tone={checkTones[facts.checks[name]]}>{t(w.verdict[facts.checks[name]])}</Badge>,
          ]),
        ]}
      />
      {download}
    </>
  );
}
