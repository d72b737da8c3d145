import type { EventBody, Evidence } from "#contract/events.ts";
import type { Opening } from "#contract/evidence-commitment.ts";
import type { PersonId, Pseudonym } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { ServicePolicy } from "#firmware-config/policy.ts";
import type { Alternative } from "#firmware-config/policy-alternative.ts";
import { policyFor } from "#firmware-config/policy-tier.ts";
import type { CalibrationRow, LeadRow } from "#models/calibration.ts";
import type { Turn } from "./duty/duty.ts";
import type { ExactGalleryIndex } from "./gallery/index/exact.ts";
import { candidateOf, leadCounts, searchDepth } from "./match/match.ts";
import type { Decision } from "./policy/decision.ts";
import { settle } from "./policy/settle.ts";
import { withoutRecord } from "./policy/without-record.ts";
import { phoneShown } from "./till/phone-verifier.ts";
import type { FaceTrack } from "./tracks/tracker.ts";

/** Everything that the path of one face touches, each as narrow as the path needs it. */
export interface FacePathPorts {
  readonly service: Service;
  readonly policy: ServicePolicy;
  /** The embedder's name, and what its scores promise. */
  readonly model: string;
  readonly calibration: readonly CalibrationRow[];
  readonly leads: readonly LeadRow[];
  /** A person's templates, for the caller to wipe. */
  templatesOf(person: PersonId): readonly Float32Array[];
  readonly gallery: Pick<ExactGalleryIndex, "search" | "people">;
  /** People who are expected here and are looked for first. */
  readonly expected?: ReadonlySet<PersonId> | undefined;
  areLookAlikes(one: PersonId, other: PersonId): boolean;
  pseudonymOf(person: PersonId): Pseudonym;
  /** Resolves when the event would survive a power cut; undefined where none can be written down. */
  record(
    body: EventBody,
    openings: readonly Opening[],
  ): Promise<{ readonly sequence: number } | undefined>;
  /** Somebody was recognised at a score of this false match rate. */
  recognised?(person: PersonId, falseMatchRate: number): void;
  /** A decision that stands without a record, by the policy's rule; it is counted, and told later. */
  missed(decision: Decision): void;
  /**
   * The screen, the sound, the gate, the card. Called only after the event `sequence` is on disk, or
   * without one where the policy goes on or refuses while nothing can be written down.
   */
  act(
    decision: Decision,
    track: FaceTrack,
    sequence: number | undefined,
    instead?: Alternative,
    seen?: Evidence,
  ): void;
}

/** Where a service does nothing beside this path, everybody is looked for. */
const everybodysTurn: Turn = { findings: () => ({}), decided: async () => undefined };

/**
 * The path of one face, once its track is ready: search the gallery, turn the best score into a
 * promise, decide, write the event down, and only then act. A gate that opens has a record; a record
 * without an opened gate is the safe way round, since the person simply asks again.
 */
export async function followFace(
  track: FaceTrack,
  ports: FacePathPorts,
  turn: Turn = everybodysTurn,
): Promise<Decision> {
  const judged = await judge(track, ports, turn);
  const { decision, factors, alternative, falseMatchRate, phone } = judged;
  const seen: Evidence = {
    ...{ kind: "face", model: ports.model, frames: Math.max(1, track.frames) },
    ...{ falseMatchRate, liveness: track.liveness },
  };
  const phones = phoneShown(factors, phone);
  const body: EventBody = {
    type: "decision.made",
    service: ports.service,
    outcome: decision.outcome,
    reason: decision.reason,
    ...(decision.person ? { person: ports.pseudonymOf(decision.person) } : {}),
    ...(decision.actsFor ? { actsFor: decision.actsFor } : {}),
    ...(factors.length > 0 ? { factors: [...factors] } : {}),
    evidence: [seen, ...phones.map(({ evidence }) => evidence)],
  };
  const recorded = await ports.record(
    body,
    phones.map(({ opening }) => opening),
  );
  const acted = recorded ? decision : withoutRecord(ports.policy, decision);
  if (recorded) await turn.decided({ decision, factors, sequence: recorded.sequence });
  else ports.missed(acted);
  if (decision.person && falseMatchRate !== null) {
    ports.recognised?.(decision.person, falseMatchRate);
  }
  ports.act(acted, track, recorded?.sequence, alternative, seen);
  return acted;
}

/**
 * Whoever is expected here (a class, a tour's passengers) is looked for first: among few people a
 * score promises more. Everybody else is searched only where that admits nobody.
 */
async function judge(track: FaceTrack, ports: FacePathPorts, turn: Turn) {
  if (turn.only) return await judgeAmong(track, ports, turn, turn.only);
  const { expected } = ports;
  const found = expected ? await judgeAmong(track, ports, turn, expected) : undefined;
  return found?.decision.outcome === "admit" ? found : await judgeAmong(track, ports, turn);
}

async function judgeAmong(
  track: FaceTrack,
  ports: FacePathPorts,
  turn: Turn,
  within?: ReadonlySet<PersonId>,
) {
  const { gallery } = ports;
  const options = within ? { within } : {};
  const hits = track.template ? await gallery.search(track.template, searchDepth, options) : [];
  const people = within?.size ?? gallery.people;
  const [best, second] = hits;
  const rival =
    best && second && leadCounts(ports, people)
      ? await rivalOf(best.person, ports, options)
      : undefined;
  const { candidate, falseMatchRate } = candidateOf({ hits, people, rival }, ports);
  const face = { usable: track.template !== undefined, liveness: track.liveness, best: candidate };
  const evidence = { face, ...turn.findings(candidate?.person) };
  const settled = settle(policyFor(ports.policy, turn.request), evidence);
  return { ...settled, falseMatchRate, phone: evidence.phone };
}

/** What a person's own templates score at most against anybody else who is searched. */
async function rivalOf(
  person: PersonId,
  { gallery, templatesOf }: Pick<FacePathPorts, "gallery" | "templatesOf">,
  options: { readonly within?: ReadonlySet<PersonId> },
): Promise<number | undefined> {
  let closest: number | undefined;
  for (const template of templatesOf(person)) {
    for (const hit of await gallery.search(template, 2, options)) {
      if (hit.person !== person) closest = Math.max(hit.similarity, closest ?? -1);
    }
    template.fill(0);
  }
  return closest;
}
