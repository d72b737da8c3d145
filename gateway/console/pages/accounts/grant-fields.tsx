import type { JSX } from "preact";
import { Check, Field } from "../../design/field.tsx";
import { useWords } from "../../words/language.ts";
import { plain, t } from "../../words/phrase.ts";
import type { Words } from "../../words/words.ts";
import type { Grant, Role } from "./account.ts";

/** What is chosen while somebody chooses: each role with the places that were typed. */
export type Chosen = Readonly<Partial<Record<Role, string>>>;

export const chosenOf = (grants: readonly Grant[]): Chosen =>
  Object.fromEntries(grants.map(({ role, sites }) => [role, sites?.join(", ") ?? ""]));

const sitesIn = (text: string): readonly string[] =>
  text
    .normalize("NFKC")
    .split(/[\s,、]+/)
    .filter((site) => site !== "");

const hasFlaw = (text: string): boolean =>
  sitesIn(text).some((site) => !/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(site));

/** Undefined where nothing is chosen, or a place is no id. */
export function grantsIn(chosen: Chosen): readonly Grant[] | undefined {
  const all = Object.entries(chosen) as [Role, string][];
  if (all.length === 0 || all.some(([, text]) => hasFlaw(text))) return undefined;
  return all.map(([role, text]) => {
    const sites = sitesIn(text);
    return { role, sites: sites.length === 0 ? null : sites };
  });
}

/** The roles to tick, and beside each that is ticked the places where it holds. */
export function GrantFields(props: {
  readonly chosen: Chosen;
  onChoose(chosen: Chosen): void;
}): JSX.Element {
  const w = useWords();
  const { chosen, onChoose } = props;
  const toggle = (role: Role, isOn: boolean) => {
    const { [role]: _, ...others } = chosen;
    onChoose(isOn ? { ...others, [role]: "" } : others);
  };
  return (
    <fieldset class="grant-fields">
      <legend>{t(w.staff.roles)}</legend>
      {(Object.keys(w.role) as (keyof Words["role"])[]).map((role) => {
        const sites = chosen[role];
        return (
          <div key={role}>
            <Check
              name={t(w.role[role])}
              checked={sites !== undefined}
              onChange={(isOn) => toggle(role, isOn)}
            />
            {sites === undefined ? null : (
              <Field
                name={t(w.staff.sitesOf, { role: plain(w.role[role]) })}
                hint={t(w.staff.sitesHint)}
                value={sites}
                onInput={(text) => onChoose({ ...chosen, [role]: text })}
                flaw={hasFlaw(sites) ? t(w.staff.sitesFlaw) : undefined}
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
