import type { PersonId } from "#contract/ids.ts";
import { type CalibrationRow, falseMatchRateAt } from "#models/calibration.ts";

/** What a face in doubt looked like, until the card that was asked for has said whose it is. */
export interface HeldProbe {
  /** The card has said who it is: a genuine score, whatever it was, that no threshold has chosen. */
  proved(person: PersonId): void;
  wipe(): void;
}

interface HeldProbePorts {
  readonly calibration: readonly CalibrationRow[];
  /** A person's templates, for the caller to wipe. */
  templatesOf(person: PersonId): readonly Float32Array[];
  note(person: PersonId, falseMatchRate: number): void;
}

/** Holds a copy of a template for as long as a card is waited for. */
export function heldProbe(template: Float32Array, ports: HeldProbePorts): HeldProbe {
  const probe = Float32Array.from(template);
  return {
    proved(person) {
      let best: number | undefined;
      for (const kept of ports.templatesOf(person)) {
        let similarity = 0;
        for (let i = 0; i < probe.length; i++) similarity += probe[i]! * kept[i]!;
        kept.fill(0);
        best = Math.max(similarity, best ?? -1);
      }
      if (best !== undefined) ports.note(person, falseMatchRateAt(ports.calibration, best));
    },
    wipe: () => void probe.fill(0),
  };
}
