import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceId, PersonId, Pseudonym } from "#contract/ids.ts";
import { openJpki } from "#device/card/jpki/jpki-card.ts";
import {
  openTrialAuthority,
  trialPins,
  trialPolicies,
} from "#device/card/virtual/trial-authority.ts";
import { VirtualCard } from "#device/card/virtual/virtual-card.ts";
import { decide } from "#device/policy/decide.ts";
import { performStepUp, type StepUpPorts } from "#device/step-up/perform.ts";
import { defaultPolicyTable } from "#firmware-config/policy-table.ts";
import { systemClock } from "#runtime/clock.ts";
import { silentLog } from "#runtime/log.ts";
import { TrustFolder } from "#runtime/trust-folder.ts";

export interface CardToDecision {
  /** From the card on the reader to the decision, without what the card itself took. Milliseconds. */
  readonly medianMs: number;
  /** Commands that the card was sent, and what its own work took (a signature in software). */
  readonly commands: number;
  readonly cardMedianMs: number;
}

const visits = 101;

/** Times the box's part of a step-up: read, examine, PIN, sign, verify, decide; on the trial card. */
export async function measureCardToDecision(): Promise<CardToDecision> {
  const folder = mkdtempSync(join(tmpdir(), "tebura-bench-card-"));
  try {
    const { card, trustDir } = openTrialAuthority(folder, () => systemClock.wall());
    const trust = new TrustFolder(trustDir, { clock: systemClock, log: silentLog });
    const ours: number[] = [];
    const theirs: number[] = [];
    let commands = 0;
    for (let visit = 0; visit < visits; visit++) {
      const virtual = new VirtualCard(card);
      let inCard = 0;
      commands = 0;
      const start = systemClock.monotonic();
      const jpki = await openJpki({
        async transmit(command) {
          const sent = systemClock.monotonic();
          const answer = await virtual.transmit(command);
          inCard += systemClock.monotonic() - sent;
          commands += 1;
          return answer;
        },
      });
      const asked = { asked: visit + 1, isVirtual: true };
      const { finding } = await performStepUp(jpki, asked, portsOf(trust, visit));
      const policy = defaultPolicyTable["bus.boarding"];
      const { outcome } = decide(policy, { face: undefined, card: finding });
      if (outcome !== "admit") throw new Error(`the trial card did not open the door: ${outcome}`);
      ours.push(systemClock.monotonic() - start - inCard);
      theirs.push(inCard);
    }
    return { medianMs: median(ours), commands, cardMedianMs: median(theirs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function portsOf(trust: TrustFolder, visit: number): StepUpPorts {
  return {
    ...{ device: "bench-1" as DeviceId, service: "bus.boarding", factor: "pin" },
    rules: {
      policies: [trialPolicies.authentication],
      crlAgeMsMax: 72 * 3_600_000,
      trust: () => trust.trust,
    },
    wall: () => systemClock.wall(),
    personOf: () => "person-1" as PersonId,
    pseudonymOf: () => Buffer.alloc(16, 1).toString("base64url") as Pseudonym,
    cardNameOf: () => Buffer.alloc(16, 2).toString("base64url") as Pseudonym,
    freshSalt: () => Buffer.alloc(16, visit + 1),
    noncesLeft: () => 1,
    takeNonce: () => Buffer.alloc(16, visit + 1).toString("base64url"),
    askPin: async () => Uint8Array.from(Buffer.from(trialPins.authentication)),
    onSigning: () => undefined,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
