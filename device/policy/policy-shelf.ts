import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { errorCodeOf, TeburaError } from "#contract/errors.ts";
import type { Health } from "#contract/health.ts";
import { openPolicy } from "#contract/policy-word.ts";
import { type CityRules, rulesOf } from "#firmware-config/city-rules.ts";
import { policyFileSchema } from "#firmware-config/policy-file.ts";
import type { PolicyTable } from "#firmware-config/policy-table.ts";
import { replaceFile } from "#runtime/key-file.ts";

export interface PolicyShelfOptions {
  /** Where the newest signed table lies, as it came. */
  readonly path: string;
  readonly gatewayKey: KeyObject;
}

interface Held {
  readonly version: number;
  readonly table: PolicyTable;
  /** Undefined in a policy that says nothing of rules. */
  readonly rules: CityRules | undefined;
}

/**
 * The gateway's newest policy table on the box's own disk. It is verified when it comes and again when it
 * is read, so that a disk somebody wrote to changes nothing; a box without one goes by what it was set up
 * with.
 */
export class PolicyShelf {
  readonly #options: PolicyShelfOptions;
  #held: Held | undefined;
  /** Why the last table that came was not taken; undefined again once one was. */
  refusal: string | undefined;

  constructor(options: PolicyShelfOptions) {
    this.#options = options;
  }

  /** The version that the box goes by; undefined where no table has come. */
  get version(): number | undefined {
    return this.#held?.version;
  }

  /** What the box's health says of it. */
  health(): Pick<Health, "policyVersion" | "policyRefusal"> {
    const { version: policyVersion, refusal: policyRefusal } = this;
    return {
      ...(policyVersion === undefined ? {} : { policyVersion }),
      ...(policyRefusal === undefined ? {} : { policyRefusal }),
    };
  }

  /** The table that holds, or what the box was set up with. */
  tableOr(settings: PolicyTable): PolicyTable {
    return this.#held?.table ?? settings;
  }

  /** The rules that hold, or what the box was set up with. */
  rulesOr(settings: CityRules): CityRules {
    return this.#held?.rules ?? settings;
  }

  /** Reads what is on disk. False where there is a file that does not verify: it counts for nothing. */
  async load(): Promise<boolean> {
    let sealed: string;
    try {
      sealed = readFileSync(this.#options.path, "utf8");
    } catch {
      return true;
    }
    try {
      this.#held = await this.#open(sealed);
      return true;
    } catch (error) {
      this.refusal = errorCodeOf(error) ?? "UNEXPECTED";
      return false;
    }
  }

  /**
   * Takes a table: verified, then on disk, and only then in force. Throws POLICY_INVALID for what is not
   * the gateway's word or no table, POLICY_OLDER, and DATA_UNWRITABLE.
   */
  async take(sealed: string): Promise<void> {
    try {
      const found = await this.#open(sealed);
      if (found.version === this.version) return;
      if (found.version < (this.version ?? 0)) {
        const message = `the box holds version ${this.version}; version ${found.version} is older`;
        throw new TeburaError("POLICY_OLDER", message);
      }
      replaceFile(this.#options.path, sealed);
      this.#held = found;
      this.refusal = undefined;
    } catch (error) {
      this.refusal = errorCodeOf(error) ?? "UNEXPECTED";
      throw error;
    }
  }

  async #open(sealed: string): Promise<Held> {
    const word = await openPolicy(sealed, this.#options.gatewayKey);
    const { version, rows } = word;
    const said = word.v === 2 ? { ...rows, rules: word.rules } : rows;
    const parsed = policyFileSchema.safeParse(said);
    if (!parsed.success) {
      throw new TeburaError(
        "POLICY_INVALID",
        `version ${version} holds rows or rules that are none`,
      );
    }
    const { table, sections } = parsed.data;
    return { version, table, rules: sections && rulesOf(sections) };
  }
}
