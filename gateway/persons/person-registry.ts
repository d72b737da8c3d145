import { TeburaError } from "#contract/errors.ts";
import type { PersonId, Pseudonym, WallMs } from "#contract/ids.ts";
import { limits } from "#contract/limits.ts";
import type { PseudonymOf } from "#contract/pseudonym.ts";
import type { Service } from "#contract/services.ts";
import type { PersonDetails } from "#contract/shelter/person-details.ts";
import type { Clock } from "#runtime/clock.ts";
import type { Access, AccessRecord, Audit } from "./access.ts";
import type { Draft } from "./drafts.ts";
import { nameToFind } from "./readings.ts";
import type { Person, PersonField, RecordKind, RecordOf } from "./records.ts";
import type { PutResult, SealedRecord, SealedRecords } from "./sealed-records.ts";

export interface PersonRegistryPorts {
  readonly records: SealedRecords;
  readonly pseudonymOf: PseudonymOf;
  readonly clock: Pick<Clock, "wall">;
  readonly audit: Audit;
}

/** Whom somebody looks for. */
export type PersonQuery =
  | { readonly by: "id"; readonly ids: readonly PersonId[] }
  | { readonly by: "reference"; readonly reference: string }
  | { readonly by: "name"; readonly name: string; readonly birthDate: string }
  | { readonly by: "pseudonym"; readonly service: Service; readonly pseudonym: Pseudonym };

/** The fields that were asked for, and the registry's own name for a person, which is not one of them. */
export type FoundPerson<F extends PersonField> = Partial<Pick<Person, F>> & {
  readonly id: PersonId;
};

/** What can be asked about ties: the kind of record, how it is found, and what the answer is. */
export const ties = {
  class: { kind: "classes", way: "member.class", summary: "Who is in a class" },
  household: {
    kind: "households",
    way: "household.household",
    summary: "Who lives in a household",
  },
  guardians: { kind: "guardians", way: "guardian.ward", summary: "Who may act for a person" },
  wards: { kind: "guardians", way: "guardian.guardian", summary: "For whom a person may act" },
  entitlements: {
    ...{ kind: "entitlements", way: "entitlement.person" },
    summary: "What a person is entitled to",
  },
} as const satisfies Record<
  string,
  { readonly kind: RecordKind; readonly way: string; readonly summary: string }
>;
export type Tie = keyof typeof ties;
type TieOf<T extends Tie> = RecordOf<(typeof ties)[T]["kind"]>;

/**
 * Who is registered. Everything that shows something of a person passes `#show`, which has it written
 * down first: who asked, why, of whom and which fields.
 */
export class PersonRegistry {
  readonly #ports: PersonRegistryPorts;

  constructor(ports: PersonRegistryPorts) {
    this.#ports = ports;
  }

  /** The named fields of whoever fits, and nothing else of them; nobody known is an empty list. */
  async look<F extends PersonField>(
    access: Access,
    query: PersonQuery,
    fields: readonly F[],
  ): Promise<readonly FoundPerson<F>[]> {
    const found = this.#find(query);
    const persons = found.map(({ id }) => id as PersonId);
    return await this.#show(access, { what: "person", by: query.by, persons, fields }, () =>
      this.#opened(access, found).map(([record, content]) => {
        const shown = fields.flatMap((field) =>
          content[field] === undefined ? [] : [[field, content[field]] as const],
        );
        return { ...Object.fromEntries(shown), id: record.id as PersonId } as FoundPerson<F>;
      }),
    );
  }

  /**
   * What ties others to a person, or to a class or household, by its reference. Days are not judged
   * here: a tie with a `from` or `until` is shown whether or not it holds today.
   */
  async ties<T extends Tie>(
    access: Access,
    what: T,
    reference: string,
  ): Promise<readonly TieOf<T>[]> {
    const { records } = this.#ports;
    const rows = records.byWay(ties[what].way, reference);
    const of = records.byKey("person", reference);
    const persons = of ? [of.id as PersonId] : [];
    return await this.#show(access, { what, by: "reference", persons, fields: [] }, () =>
      rows
        .filter((row) => !this.#namesHidden(access, row))
        .map((row) => this.#whole(what, row) as TieOf<T>),
    );
  }

  /**
   * Everything that ties a person to others, from their side: places in classes, the household,
   * guardianships of and for them, entitlements. Others stand in it by their numbers alone.
   */
  async tiesOf(access: Access, reference: string): Promise<readonly PersonTie[]> {
    const { records } = this.#ports;
    const of = records.byKey("person", reference);
    const persons = of ? [of.id as PersonId] : [];
    const look = { what: "person", by: "reference", persons, fields: [] } as const;
    return await this.#show(access, look, () =>
      personWays.flatMap((way) =>
        records.byWay(way, reference).map((row) => ({
          way,
          content: this.#whole(way === "member.person" ? "class" : "household", row) as object,
        })),
      ),
    );
  }

  /** The registry's own name for a person, by which boxes know them; undefined for nobody. */
  idOf(reference: string): PersonId | undefined {
    return this.#ports.records.byKey("person", reference)?.id as PersonId | undefined;
  }

  /** What a person is called in a service. Shows nothing of them, and is not written down. */
  pseudonymOf(service: Service, person: PersonId): Pseudonym {
    return this.#ports.pseudonymOf(service, person);
  }

  /** Whom a service's pseudonym stands for; the first call for a service names everybody, once. */
  personOf(service: Service, pseudonym: Pseudonym): PersonId | undefined {
    return this.#find({ by: "pseudonym", service, pseudonym })[0]?.id as PersonId | undefined;
  }

  /**
   * What is registered of whether somebody may sign for themselves: their birth date, and who may sign for
   * them from when until when. It is for a decision that is itself in the ledger, and shown to nobody.
   */
  capacityOf(person: PersonId): Capacity | undefined {
    const { records } = this.#ports;
    const [record] = personOnly(records.byId(person));
    if (!record) return undefined;
    const { birthDate, reference } = records.open(record) as Person;
    const guardians = records.byWay("guardian.ward", reference).flatMap((row) => {
      const bond = records.open(row) as RecordOf<"guardians">;
      const guardian = this.idOf(bond.guardian);
      return guardian ? [{ ...bond, guardian }] : [];
    });
    return { ...(birthDate === undefined ? {} : { birthDate }), guardians };
  }

  /**
   * What is registered of what a person is entitled by: their birth date, and certificates with their days.
   * It is for a decision that is itself in the ledger, and shown to nobody.
   */
  factsOf(person: PersonId): EntitlingFacts | undefined {
    const { records } = this.#ports;
    const [record] = personOnly(records.byId(person));
    if (!record) return undefined;
    const { birthDate, reference } = records.open(record) as Person;
    const rows = records.byWay("entitlement.person", reference);
    return { birthDate, held: rows.map((row) => records.open(row) as RecordOf<"entitlements">) };
  }

  /**
   * What a shelter's list says of somebody who came by card or face. It is for lists whose reading is on
   * record before they are shown.
   */
  evacueeOf(person: PersonId): PersonDetails | undefined {
    const { records } = this.#ports;
    const [record] = personOnly(records.byId(person));
    if (!record) return undefined;
    const { name, kana = name, birthDate, sex, address, phone } = records.open(record) as Person;
    return {
      ...{ kana: shortened(kana), name: shortened(name) },
      ...{ ...(birthDate && { birthDate }), ...(sex && { sex }) },
      ...{ ...(address && { address }), ...(phone && { phone }) },
    };
  }

  /** Differs whenever something that is registered may have changed. */
  get version(): string {
    return this.#ports.records.version;
  }

  /** Whether somebody is still registered, by the registry's own name for them. */
  holds(person: PersonId): boolean {
    return personOnly(this.#ports.records.byId(person)).length > 0;
  }

  isKnown(reference: string): boolean {
    return this.#ports.records.byKey("person", reference) !== undefined;
  }

  /**
   * Part of a `write`: what is known of these fields of a record, to be put again beside others. It is
   * shown to nobody, so nothing is written down.
   */
  known(draft: Draft, fields: readonly string[]): Readonly<Record<string, unknown>> {
    const { records } = this.#ports;
    const record = records.byKey(draft.kind, ...draft.key);
    if (!record) return {};
    const content = Object.entries(records.open(record));
    return Object.fromEntries(content.filter(([field]) => fields.includes(field)));
  }

  /** Part of a `write`. Opens nothing but the list of those under protection. */
  put(draft: Draft): PutResult {
    const { records, clock } = this.#ports;
    const result = records.put(draft, clock.wall());
    if (draft.kind !== "person" || result === "unchanged") return result;
    const record = records.byKey("person", ...draft.key);
    if (record) this.#protect(record.id as PersonId, draft.content["protected"] === true);
    return result;
  }

  /** Everybody under protection, by the registry's own names. Shows nothing of them. */
  get protectedPersons(): readonly PersonId[] {
    const { records } = this.#ports;
    const kept = records.listOf(protectedList);
    if (kept) return kept as readonly PersonId[];
    const found = [...records.all("person")]
      .filter((record) => (records.open(record) as Person).protected === true)
      .map(({ id }) => id as PersonId);
    records.transaction(() => {
      records.keepList(protectedList, found);
      return { result: undefined, keep: true };
    });
    return found;
  }

  /** Differs whenever somebody came under protection or left it. */
  get protectionVersion(): string {
    return this.#ports.records.listVersion(protectedList) ?? "";
  }

  /** The office's number of somebody, for a part that hides it. Shows it to nobody. */
  referenceOf(person: PersonId): string | undefined {
    const { records } = this.#ports;
    const [record] = personOnly(records.byId(person));
    return record && (records.open(record) as Person).reference;
  }

  /** Runs `work` as one: all of it stays, or with `keep` false or an error none of it. */
  write<T>(work: () => { readonly result: T; readonly keep: boolean }): T {
    return this.#ports.records.transaction(work);
  }

  /**
   * Forgets a person and what tied others to them: places in classes and households, guardianships,
   * entitlements, pseudonyms. Throws PERSON_NOT_FOUND.
   */
  forget(reference: string): void {
    const { records } = this.#ports;
    const person = records.byKey("person", reference);
    if (!person) throw new TeburaError("PERSON_NOT_FOUND", "nobody is registered by that number");
    records.transaction(() => {
      for (const way of personWays) {
        for (const { number } of records.byWay(way, reference)) records.remove(number);
      }
      records.remove(person.number);
      this.#protect(person.id as PersonId, false);
      return { result: undefined, keep: true };
    });
  }

  get count(): number {
    return this.#ports.records.count("person");
  }

  #protect(person: PersonId, isProtected: boolean): void {
    const known = this.protectedPersons;
    if (known.includes(person) === isProtected) return;
    const others = known.filter((one) => one !== person);
    this.#ports.records.keepList(protectedList, isProtected ? [...others, person] : others);
  }

  async #show<T>(
    access: Access,
    look: Omit<AccessRecord, keyof Access | "at">,
    open: () => T,
  ): Promise<T> {
    const { audit, clock } = this.#ports;
    const { who, why } = access;
    await audit({ who, why, at: clock.wall() as WallMs, ...look });
    return open();
  }

  #find(query: PersonQuery): readonly SealedRecord[] {
    const { records, pseudonymOf } = this.#ports;
    switch (query.by) {
      case "id":
        return query.ids.flatMap((id) => personOnly(records.byId(id)));
      case "reference":
        return personOnly(records.byKey("person", query.reference));
      case "name":
        return records.byWay("person.name", nameToFind(query.name), query.birthDate);
      case "pseudonym": {
        const { service, pseudonym } = query;
        const aliasOf = (id: string) => pseudonymOf(service, id as PersonId);
        return personOnly(records.byAlias(service, pseudonym, aliasOf));
      }
      default:
        throw new TeburaError("UNREACHABLE", `a query ${query satisfies never}`);
    }
  }

  /**
   * Nobody learns anything of a person under protection, not even that there is one, without the right to.
   * Nobody found costs one opening too, so that the time of an answer tells no more than its words.
   */
  #opened(access: Access, found: readonly SealedRecord[]): readonly [SealedRecord, Person][] {
    const { records } = this.#ports;
    if (found.length === 0) records.openNothing();
    return found
      .map((record): [SealedRecord, Person] => [record, records.open(record) as Person])
      .filter(([, person]) => !isHidden(access, person));
  }

  #namesHidden(access: Access, row: SealedRecord): boolean {
    if (access.seesProtected === true && access.why !== "family-inquiry") return false;
    const { person, guardian, ward } = this.#ports.records.open(row);
    return [person, guardian, ward].some((reference) => {
      const record =
        typeof reference === "string" ? this.#ports.records.byKey("person", reference) : undefined;
      return record !== undefined && this.#opened(access, [record]).length === 0;
    });
  }

  /** A place in a class is shown with the class that it is in. */
  #whole(what: Tie, row: SealedRecord): unknown {
    const { records } = this.#ports;
    const content = records.open(row);
    if (what !== "class") return content;
    const group = records.byKey("class", String(content["class"]));
    return { ...(group && records.open(group)), ...content };
  }
}

/** The registry has room for longer names than a shelter's list. */
const shortened = (name: string) => name.slice(0, limits.nameCharactersMax);

/** Who may sign for a person, and why. */
export interface Capacity {
  readonly birthDate?: string;
  readonly guardians: readonly (Pick<RecordOf<"guardians">, "relation" | "from" | "until"> & {
    readonly guardian: PersonId;
  })[];
}

/** What a person is entitled by. */
export interface EntitlingFacts {
  readonly birthDate: string | undefined;
  readonly held: readonly Pick<RecordOf<"entitlements">, "entitlement" | "from" | "until">[];
}

/** One tie of a person, and from which end it was found. */
export interface PersonTie {
  readonly way: (typeof personWays)[number];
  readonly content: object;
}

const protectedList = "protected";

const personWays = [
  "member.person",
  "household.person",
  "guardian.guardian",
  "guardian.ward",
  "entitlement.person",
] as const;

/** A family that asks has no right that anybody could have given it. */
function isHidden({ why, seesProtected }: Access, { protected: isProtected }: Person): boolean {
  return isProtected === true && (why === "family-inquiry" || seesProtected !== true);
}

function personOnly(record: SealedRecord | undefined): readonly SealedRecord[] {
  return record?.kind === "person" ? [record] : [];
}
