import type { DeviceId, Pseudonym, WallMs } from "../ids.ts";
import { entry } from "../maps.ts";
import type { ShelterCheckIn } from "./fold.ts";
import { byKana, plainKana } from "./kana.ts";
import type { PersonDetails } from "./person-details.ts";
import type { Evacuee, ShelterSummary } from "./summary.ts";

/** Where names come from: the sealed store of this gateway, or a register beside it. */
export interface DetailsSource {
  of(person: Pseudonym): PersonDetails | undefined;
  /** Changes whenever an answer of `of` may have changed. */
  readonly version: number;
}

export interface EvacueeListPorts {
  /** What the view `shelter.check-in` shows at the moment. */
  shown(): ShelterCheckIn;
  readonly details: DetailsSource;
  /** What is known of a box: a silent one may hold people of whom nobody here knows. */
  status(device: DeviceId): { readonly silent: boolean; readonly lastHeardAt: WallMs | undefined };
}

export interface EvacueeRow {
  readonly evacuee: Evacuee;
  /** Undefined for whoever came by card or face and of whom no name is known here. */
  readonly details: PersonDetails | undefined;
}

export interface EvacueePage {
  readonly asOf: WallMs;
  /** Those of the asked shelter, or of all. */
  readonly shelters: readonly ShelterSummary[];
  /** Boxes that are silent, as far as they stand at an asked shelter. */
  readonly silentDevices: readonly { readonly device: DeviceId; readonly lastHeardAt?: WallMs }[];
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly EvacueeRow[];
}

interface Ordered {
  readonly shown: ShelterCheckIn;
  readonly version: number;
  readonly all: readonly EvacueeRow[];
  readonly byShelter: ReadonlyMap<string, readonly EvacueeRow[]>;
}

/**
 * The list of everybody in the shelters as a clerk reads it: by the reading of the household, the
 * household together, its head first and then by age. Made once for each change; a page costs a slice.
 */
export class EvacueeList {
  readonly #ports: EvacueeListPorts;
  #ordered: Ordered | undefined;
  /** The lines of before by person, and households in the order in which they stood. */
  #lines: ReadonlyMap<Pseudonym, Sortable> = new Map();
  #keys: readonly string[] = [];

  constructor(ports: EvacueeListPorts) {
    this.#ports = ports;
  }

  /** People from `offset` on, at most `limit` of them; without a shelter, of the whole city. */
  page(asked: { readonly shelter?: string; readonly offset: number; readonly limit: number }) {
    const { shelter, offset, limit } = asked;
    const { shown, all, byShelter } = this.#current();
    const rows = shelter === undefined ? all : (byShelter.get(shelter) ?? []);
    const shelters = shown.shelters.filter((one) => !shelter || one.shelter === shelter);
    const silentDevices = shelters
      .flatMap(({ devices }) => devices)
      .map((device) => ({ device, ...this.#ports.status(device) }))
      .filter(({ silent }) => silent)
      .map(({ device, lastHeardAt }) => ({ device, ...(lastHeardAt ? { lastHeardAt } : {}) }));
    const page: EvacueePage = {
      ...{ asOf: shown.asOf, shelters, silentDevices, total: rows.length, offset },
      rows: rows.slice(offset, offset + limit),
    };
    return page;
  }

  #current(): Ordered {
    const shown = this.#ports.shown();
    const { version } = this.#ports.details;
    if (this.#ordered?.shown !== shown || this.#ordered.version !== version) {
      const all = this.#inOrder(shown.present);
      const byShelter = new Map<string, EvacueeRow[]>();
      for (const row of all) entry(byShelter, row.evacuee.shelter ?? "", () => []).push(row);
      this.#ordered = { shown, version, all, byShelter };
    }
    return this.#ordered;
  }

  /**
   * The clerk's order. A line is made again only for whom something changed, and the sort begins with the
   * order of before: among ten thousand, one arrival costs one pass.
   */
  #inOrder(present: readonly Evacuee[]): readonly EvacueeRow[] {
    const before = this.#lines;
    const lines = new Map<Pseudonym, Sortable>();
    const households = new Map<string, Sortable[]>();
    for (const evacuee of present) {
      const { person, household } = evacuee;
      const details = detailsOfEntries(this.#ports.details, evacuee.entries);
      const known = before.get(person);
      const isSame = known?.evacuee === evacuee && known.details === details;
      const line = isSame
        ? known
        : { evacuee, details, kana: plainKana(details?.kana ?? ""), row: { evacuee, details } };
      lines.set(person, line);
      // Somebody of no household is one of their own, under a name that no household has.
      entry(households, household ?? ` ${person}`, () => []).push(line);
    }
    this.#lines = lines;
    const groups = [...this.#keys.filter((key) => households.has(key)), ...households.keys()];
    const sorted = [...new Set(groups)].map((key) => groupOf(key, households.get(key) ?? []));
    sorted.sort((a, b) => byKana(a.kana, b.kana) || (a.key < b.key ? -1 : 1));
    this.#keys = sorted.map(({ key }) => key);
    return sorted.flatMap(({ lines: ofGroup }) => ofGroup.map(({ row }) => row));
  }
}

/** Of several entries of one person, what the first one says; the others fill its gaps. */
export function detailsOfEntries(
  details: Pick<DetailsSource, "of">,
  entries: readonly Pseudonym[],
): PersonDetails | undefined {
  if (entries.length === 1) return details.of(entries[0] as Pseudonym);
  const known = entries.map((person) => details.of(person)).filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Object.assign({}, ...known.toReversed());
}

interface Sortable extends EvacueeRow {
  readonly kana: string;
  /** The line as it is given out. */
  readonly row: EvacueeRow;
}

function groupOf(key: string, lines: readonly Sortable[]) {
  const sorted = lines.length > 1 ? lines.toSorted(inHousehold) : lines;
  return { key, lines: sorted, kana: sorted[0]?.kana ?? "" };
}

/** The head, then from the oldest to the youngest; whose age nobody knows comes after them. */
function inHousehold(a: Sortable, b: Sortable): number {
  const head =
    Number(b.details?.isHouseholdHead ?? false) - Number(a.details?.isHouseholdHead ?? false);
  if (head !== 0) return head;
  const [bornA, bornB] = [a.details?.birthDate ?? "9999", b.details?.birthDate ?? "9999"];
  if (bornA !== bornB) return bornA < bornB ? -1 : 1;
  return byKana(a.kana, b.kana) || (a.evacuee.person < b.evacuee.person ? -1 : 1);
}
