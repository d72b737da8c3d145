import type { WallMs } from "#contract/ids.ts";
import type { NewPasskey } from "./ceremonies.ts";
import type { Codes, ProvedCode } from "./codes.ts";
import type { Notes } from "./notes.ts";
import type { Passkeys } from "./passkeys.ts";
import type { Sessions } from "./sessions.ts";

/** Somebody who is about to have a passkey. */
export interface Beginner {
  readonly id: string;
  readonly name: string;
}

/** One kind of people who sign in: staff, or families who ask. They share nothing but this code. */
export interface Realm {
  readonly passkeys: Passkeys;
  readonly codes: Codes;
  readonly sessions: Sessions;
  readonly notes: Notes;
  /** Whose account a code begins; undefined where a name has to be said first. */
  beginner(code: ProvedCode, name: string | undefined): Beginner | undefined;
  /** Spends the code on a passkey, as one; false where the code was spent in between. */
  begin(code: ProvedCode, who: Beginner, key: NewPasskey, at: WallMs): boolean;
  /** Codes to keep for the day when the passkey is lost; none where the city issues another. */
  recoveryCodes(account: string, begun: ProvedCode): Promise<readonly string[]>;
  /** Whether this account may still sign in. */
  isOpen(account: string): boolean;
  /** What a page may know of its own account. */
  describe(account: string): object;
}
