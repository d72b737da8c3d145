import { verify } from "node:crypto";
import { parseCertificate } from "#contract/pki/certificate.ts";
import { parseCrl } from "#contract/pki/crl.ts";
import { createCrlShelf } from "#contract/pki/crl-shelf.ts";
import { rememberingCheck } from "#contract/pki/remembering-check.ts";
import { signatureCheck } from "#contract/pki/signature.ts";
import { type StepUpContext, verifyStepUp } from "#contract/step-up.ts";
import type { StepUp } from "#contract/step-up-evidence.ts";
import { encodeStatement } from "#contract/step-up-statement.ts";
import { systemClock } from "#runtime/clock.ts";
import { days, makeCard, makeCrl, partitionName } from "#test/support/card-hierarchy.ts";
import {
  healthyStatement,
  signStatement,
  stepUpAuthority,
  stepUpContext,
} from "#test/support/card-step-up.ts";
import { measureCardToDecision } from "./step-up/card-to-decision.ts";

interface Row {
  readonly what: string;
  readonly perSecond: number;
  /** Against one bare RSA-2048 verification on the same machine in the same run. */
  readonly ofBareRsa: number;
}

const cardCount = 400;
const partitionCount = 1_900; // As many as Japan has municipalities.
const rounds = 7;

/** Times the gateway's verification of a step-up, on one thread, beside the bare signature's. */
export async function run({ json }: { json: boolean }): Promise<void> {
  const cards = Array.from({ length: cardCount }, (_, index) =>
    makeCard(stepUpAuthority, { serial: 10_000 + index }),
  );
  const bytes = encodeStatement(healthyStatement);
  const evidence = cards.map((card) => signStatement(bytes, card));
  const one = evidence[0];
  if (!one) return;
  const context = (remembers: boolean): StepUpContext => {
    const check = signatureCheck();
    return stepUpContext({
      revocation: { crls: createCrlShelf(partitions()), ocsp: [] },
      check: remembers ? rememberingCheck(check, 10_000) : check,
    });
  };
  const key = stepUpAuthority.key.publicKey;
  const { tbs, signature } = parseCertificate(makeCard(stepUpAuthority).der);
  const bare = rate(() => times(cardCount, () => verify("sha256", tbs, key, signature)));
  const rows: Row[] = [
    row("bare RSA-2048 verification", bare, bare),
    row("every signature checked anew", verifications(evidence, context(false)), bare),
    row("a new card each time", verifications(evidence, context(true), true), bare),
    row("cards seen before", verifications(evidence, context(true)), bare),
  ];
  const door = await measureCardToDecision();
  if (json) process.stdout.write(`${JSON.stringify({ stepUp: rows, cardToDecision: door })}\n`);
  else {
    for (const { what, perSecond, ofBareRsa } of rows) {
      process.stdout.write(
        `${what.padEnd(32)} ${perSecond.toFixed(0).padStart(7)}/s  ${ofBareRsa.toFixed(2)}\n`,
      );
    }
    process.stdout.write(
      `card to decision without the card  ${door.medianMs.toFixed(1)} ms, ${door.commands} commands\n`,
    );
  }
}

function partitions() {
  const other = Array.from({ length: partitionCount }, (_, index) =>
    makeCrl(stepUpAuthority, {
      partition: partitionName(`City ${index}`),
      thisUpdate: days(-1),
    }),
  );
  return [...other, makeCrl(stepUpAuthority)].map((der) => parseCrl(der));
}

function verifications(evidence: readonly StepUp[], context: StepUpContext, fresh = false): number {
  const check = signatureCheck();
  return rate(() => {
    // Where every card is new, only the CRL's signature is known from before.
    const used = fresh ? { ...context, check: rememberingCheck(check, 10_000) } : context;
    for (const one of evidence) {
      const verdict = verifyStepUp(one, used);
      if (!verdict.ok) throw new Error(verdict.code);
    }
    return evidence.length;
  });
}

function times(count: number, work: () => void): number {
  for (let i = 0; i < count; i++) work();
  return count;
}

/** The median rate of several rounds, after one that warms up. */
function rate(work: () => number): number {
  work();
  const rates = Array.from({ length: rounds }, () => {
    const start = systemClock.monotonic();
    const count = work();
    return (count * 1_000) / (systemClock.monotonic() - start);
  }).sort((a, b) => a - b);
  return rates[Math.floor(rounds / 2)] ?? 0;
}

function row(what: string, perSecond: number, bare: number): Row {
  return { what, perSecond: Math.round(perSecond), ofBareRsa: perSecond / bare };
}
