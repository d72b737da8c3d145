import { type CityRules, followed, rulesOf, shippedRules } from "#firmware-config/city-rules.ts";
import { type Policy, policyFileSchema } from "#firmware-config/policy-file.ts";
import type { PolicyTable } from "#firmware-config/policy-table.ts";
import type { SchoolRules } from "#firmware-config/school.ts";
import type { ServiceTerms } from "#firmware-config/service-terms.ts";
import { PolicyBook, type SignedPolicy } from "./policy-book.ts";
import { PolicySender, type PolicySenderPorts } from "./policy-sender.ts";

/** What a gateway was set up with, until something else is signed. */
export interface PolicySettings {
  readonly policy?: Policy | undefined;
  readonly school?: { readonly rules?: SchoolRules | undefined } | undefined;
  /** These count beside what is signed: an end that was set up here stays one. */
  readonly serviceTerms?: ServiceTerms | undefined;
}

export interface PoliciesPorts extends Omit<PolicySenderPorts, "book"> {
  readonly path: string;
  readonly settings: PolicySettings;
}

const nothingSaid: Policy = policyFileSchema.parse({});

/**
 * The rules that a policy makes at a gateway that was set up so. One that says rules says them for every
 * box, whatever each was set up with; one that says nothing of rules leaves those that were set up.
 */
export function rulesUnder(
  policy: Policy | undefined,
  { policy: settled = nothingSaid, school, serviceTerms: own = [] }: PolicySettings,
): CityRules {
  const { sections = settled.sections ?? {} } = policy ?? settled;
  const base = { ...shippedRules, school: school?.rules ?? shippedRules.school };
  const rules = rulesOf(sections, base);
  return { ...rules, serviceTerms: [...own, ...rules.serviceTerms] };
}

/** The policies of a gateway: what was signed here, what is in force, and who has to hear of it. */
export class Policies implements Disposable {
  readonly book: PolicyBook;
  readonly sender: PolicySender;
  /** The rules in force, for whoever keeps hold of them: read anew at each look. */
  readonly live = followed(() => this.rules);
  readonly #settings: PolicySettings;
  #made: { readonly of: SignedPolicy | undefined; readonly rules: CityRules } | undefined;

  constructor({ path, settings, ...ports }: PoliciesPorts) {
    this.book = new PolicyBook(path);
    this.sender = new PolicySender({ ...ports, book: this.book });
    this.#settings = settings;
  }

  /** The newest signed table, or what the gateway was set up with. */
  get table(): PolicyTable {
    return (this.book.newest() ?? this.#settings.policy ?? nothingSaid).table;
  }

  /** The rules in force; of one signed policy always the same object. */
  get rules(): CityRules {
    const newest = this.book.newest();
    if (!this.#made || this.#made.of !== newest) {
      this.#made = { of: newest, rules: rulesUnder(newest, this.#settings) };
    }
    return this.#made.rules;
  }

  /** The rules that another policy would make here. */
  under(policy: Policy): CityRules {
    return rulesUnder(policy, this.#settings);
  }

  [Symbol.dispose](): void {
    this.book[Symbol.dispose]();
  }
}
