import type { EventBody } from "#contract/events.ts";
import type { Pseudonym, WallMs } from "#contract/ids.ts";
import type { ShelterCheckIn } from "#contract/shelter/fold.ts";
import { defaultRetention, type Retention, retentionAt } from "#firmware-config/retention.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Log } from "#runtime/log.ts";
import { Rounds } from "#runtime/rounds.ts";
import type { EvidenceVault } from "../evidence/evidence-vault.ts";
import type { Quarantine } from "../ingest/quarantine.ts";
import type { PersonDetailsStore } from "../shelter/person-details.ts";

export interface RetentionPorts {
  readonly rules?: Retention | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly quarantine: Pick<Quarantine, "forgetBefore">;
  readonly vault: Pick<EvidenceVault, "forgetBefore" | "forgetRefusedBefore" | "pruneKeys">;
  readonly details: Pick<PersonDetailsStore, "of" | "erase">;
  /** Who is in the shelters and who left, as the views have it. */
  shelters(): Pick<ShelterCheckIn, "present" | "left">;
  record(body: EventBody): Promise<unknown>;
}

const dayMs = 86_400_000;
const everyMs = 3_600_000;

/**
 * Lets go of what was kept long enough, by itself and every hour: refused messages, what shelters wrote down
 * of people by name, and what cards proved. The ledger stays: it names nobody, and what it calls people by means
 * nothing once the registry has forgotten them. Each time it says in the ledger how much went.
 */
export class RetentionKeeper implements AsyncDisposable {
  readonly #ports: RetentionPorts;
  readonly #rounds: Rounds;

  constructor(ports: RetentionPorts) {
    this.#ports = ports;
    const work = async () => await this.apply();
    this.#rounds = new Rounds(ports, { everyMs, failed: "retention.failed", work });
  }

  start(): void {
    this.#rounds.start();
  }

  /** One pass: everything that is over its time at this moment goes. */
  async apply(): Promise<void> {
    const { clock, rules = defaultRetention } = this.#ports;
    const now = clock.wall();
    const { quarantineDays, shelterDetailsDays, evidenceDays } = retentionAt(rules, now);
    const before = (days: number) => Math.max(0, now - days * dayMs) as WallMs;
    await this.#quarantine(before(quarantineDays));
    await this.#shelterDetails(before(shelterDetailsDays), now);
    await this.#evidence(before(evidenceDays), before(quarantineDays));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  async #quarantine(before: WallMs): Promise<void> {
    const { quarantine, record } = this.#ports;
    const count = quarantine.forgetBefore(before);
    if (count > 0) await record({ type: "retention.applied", what: "quarantine", before, count });
  }

  /** What was proved goes after its years, what was refused with the quarantine. */
  async #evidence(before: WallMs, refusedBefore: WallMs): Promise<void> {
    const { vault, record } = this.#ports;
    const gone = [
      [before, vault.forgetBefore(before)],
      [refusedBefore, vault.forgetRefusedBefore(refusedBefore)],
    ] as const;
    for (const [before, count] of gone) {
      if (count > 0) await record({ type: "retention.applied", what: "evidence", before, count });
    }
    await vault.pruneKeys();
  }

  /** Of those who left, never of somebody who is there or on the way: leaning to keep whom one may look for. */
  async #shelterDetails(before: WallMs, now: WallMs): Promise<void> {
    const { shelters, details, record } = this.#ports;
    const { present, left } = shelters();
    const here = new Set<Pseudonym>(present.flatMap(({ entries }) => entries));
    const gone = left
      .filter(({ at }) => at < before)
      .flatMap(({ entries }) => entries)
      .filter((person) => !here.has(person) && details.of(person) !== undefined);
    for (const person of gone) details.erase(person, now);
    if (gone.length === 0) return;
    await record({
      ...{ type: "retention.applied", what: "shelter-details", before },
      count: gone.length,
    });
  }
}
