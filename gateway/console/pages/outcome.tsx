import type { JSX } from "preact";
import { Badge, type Tone } from "../design/badge.tsx";
import type { LiveRow } from "../live/row.ts";
import { useWords } from "../words/language.ts";
import { type Phrase, t } from "../words/phrase.ts";
import type { Words } from "../words/words.ts";

export const outcomeTones: Readonly<Record<string, Tone>> = {
  admit: "good",
  refuse: "bad",
  "ask-card": "care",
};

/** What came of it, as a badge: admitted, refused, the card asked for; or what else happened. */
export function Outcome({ row }: { readonly row: LiveRow }): JSX.Element {
  const w = useWords();
  if (row.refusal) return <Badge tone="bad">{t(w.outcome.unproved)}</Badge>;
  if (row.outcome) {
    return (
      <Badge tone={outcomeTones[row.outcome] ?? "info"}>
        {t(w.outcome[row.outcome as keyof Words["outcome"]] ?? w.outcome.other)}
      </Badge>
    );
  }
  return <Badge tone="info">{t(eventName(w, row.type))}</Badge>;
}

/** What an event is called: by its own name, or by the part of the city that it belongs to. */
export function eventName(w: Words, type: string): Phrase {
  const known = (w.event as Readonly<Record<string, Phrase>>)[type];
  const family = (w.eventFamily as Readonly<Record<string, Phrase>>)[type.split(".")[0] ?? ""];
  return known ?? family ?? w.outcome.other;
}

/** Why it came out so, in words; a code that has none yet stands as it is. */
export function WhyOf({ row }: { readonly row: LiveRow }): JSX.Element {
  const w = useWords();
  const code = row.refusal ?? row.reason;
  if (!code) return <span class="quiet">{row.detail ?? ""}</span>;
  const trial = row.used?.includes("trial") ? <> {t(w.text.trialCard)}</> : null;
  return (
    <span>
      {t(whyWords(w, code) ?? w.outcome.other)}
      {trial}
    </span>
  );
}

export function whyWords(w: Words, code: string): Phrase | undefined {
  const reasons: Readonly<Record<string, Phrase>> = w.reason;
  const flaw = flawKinds[code];
  return reasons[code] ?? (flaw ? w.flaw[flaw] : undefined);
}

export function serviceName(w: Words, service: string): Phrase | undefined {
  return (w.service as Readonly<Record<string, Phrase>>)[service];
}

type Flaw = keyof Words["flaw"];

/** Codes of refusals, by what a person has to know of them. */
const flawKinds: Readonly<Record<string, Flaw>> = {
  EVENT_OVERSIZED: "oversized",
  EVENT_MALFORMED: "malformed",
  EVENT_VERSION_UNKNOWN: "version",
  EVENT_SIGNATURE_INVALID: "signature",
  EVENT_DEVICE_UNKNOWN: "deviceUnknown",
  EVENT_TOPIC_FOREIGN: "topicForeign",
  EVENT_SEQUENCE_GAP: "gap",
  EVENT_SEQUENCE_CONFLICT: "conflict",
  EVENT_CHAIN_BROKEN: "chain",
  EVENT_EVIDENCE_MISSING: "cardMissing",
  EVENT_EVIDENCE_MISMATCH: "cardMalformed",
  EVENT_EVIDENCE_SUPERFLUOUS: "malformed",
  STEP_UP_MISSING: "cardMissing",
  STEP_UP_MALFORMED: "cardMalformed",
  STEP_UP_DIFFERS: "cardMalformed",
  STATEMENT_SIGNATURE_INVALID: "cardSignature",
  STATEMENT_KEY_REFUSED: "cardSignature",
  STATEMENT_MALFORMED: "cardMalformed",
  STATEMENT_DUPLICATE_KEY: "cardMalformed",
  STATEMENT_NOT_CANONICAL: "cardMalformed",
  STATEMENT_OTHER_DEVICE: "cardElsewhere",
  STATEMENT_OTHER_EVENT: "cardElsewhere",
  STATEMENT_OTHER_SERVICE: "cardElsewhere",
  STATEMENT_OTHER_PERSON: "cardOtherPerson",
  STATEMENT_OTHER_TIME: "cardOtherTime",
  NONCE_NEVER_ISSUED: "nonce",
  NONCE_OTHER_DEVICE: "nonce",
  NONCE_USED: "nonceUsed",
  NONCE_EXPIRED: "nonce",
  CARD_UNKNOWN: "cardUnknown",
  CARD_LOST: "cardLost",
  CARD_OTHER_PERSON: "cardOtherPerson",
  CERTIFICATE_EXPIRED: "cardExpired",
  CERTIFICATE_NOT_YET_VALID: "cardExpired",
  REVOKED: "cardRevoked",
  PATH_NOT_FOUND: "cardAuthority",
  PATH_SELF_SIGNED: "cardAuthority",
};

/** What is to be said of a code: its own words, those of its family, or that it is one of the rest. */
export function flawOf(code: string): Flaw {
  const known = flawKinds[code];
  if (known) return known;
  if (/^(CRL|OCSP|REVOCATION)_/.test(code)) return "cardRevocation";
  return code.startsWith("EVENT_") ? "malformed" : "cardCertificate";
}
