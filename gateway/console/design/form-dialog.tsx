import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { timeZone } from "../live/clock.ts";
import { useStore } from "../store.ts";
import { useWords } from "../words/language.ts";
import { type Phrase, plain, t } from "../words/phrase.ts";
import { ChangeDialog } from "./change-dialog.tsx";
import { type Choice, Field, Select } from "./field.tsx";
import { sentFor } from "./form-values.ts";

/** A line of a form, and how the gateway wants what is written there. */
export interface FormField {
  readonly key: string;
  readonly name: Phrase;
  readonly kind: "text" | "date" | "number" | "moment" | "event" | "select";
  readonly choices?: readonly Choice[];
  readonly start?: string;
  /** What is sent where nothing is written: null, or nothing at all. */
  readonly ifEmpty?: null | "left-out";
}

const inputTypes = {
  text: "text",
  event: "text",
  select: "text",
  date: "date",
  number: "number",
  moment: "datetime-local",
} as const;

/** A form that sends one thing to a service's desk, with `also` beside what is written. */
export function FormDialog<Given>(props: {
  readonly title: ComponentChildren;
  readonly act: Phrase;
  readonly path: string;
  readonly fields: readonly FormField[];
  readonly also?: object;
  readonly lead?: ComponentChildren;
  onClose(): void;
  onDone(given: Given): Promise<void> | void;
}): JSX.Element {
  const w = useWords();
  const zone = useStore(timeZone);
  const { fields, also, lead, onClose, onDone, ...others } = props;
  const [written, setWritten] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(
      fields.map(({ key, start, choices }) => [key, start ?? choices?.[0]?.value ?? ""]),
    ),
  );
  const body = () => {
    const sent: Record<string, unknown> = { ...also };
    for (const { key, kind, ifEmpty } of fields) {
      const text = (written[key] ?? "").trim();
      if (text === "" && ifEmpty === undefined) return w.form.fillIn;
      if (text === "" && ifEmpty === "left-out") continue;
      const value = text === "" ? null : sentFor(kind, text, zone);
      if (value === undefined) return w.form.fillIn;
      sent[key] = value;
    }
    return sent;
  };
  return (
    <ChangeDialog<Given>
      {...others}
      {...{ body, onClose }}
      onDone={async (given) => await onDone(given)}
      refusals={{ USAGE: w.form.fillIn }}
    >
      {lead ? <p>{lead}</p> : null}
      <div class="fields">
        {fields.map(({ key, name, kind, choices, ifEmpty }) => {
          const value = written[key] ?? "";
          const write = (text: string) => setWritten({ ...written, [key]: text });
          if (choices) {
            return <Select key={key} name={t(name)} {...{ value, choices }} onChange={write} />;
          }
          return (
            <Field
              key={key}
              name={t(name)}
              type={inputTypes[kind]}
              value={value}
              onInput={write}
              isRequired={ifEmpty === undefined}
              hint={ifEmpty === undefined ? undefined : t(w.form.optional)}
            />
          );
        })}
      </div>
    </ChangeDialog>
  );
}

/** The words of a table as choices, in the table's order or in that of the keys. */
export function choicesOf<Key extends string>(
  table: Readonly<Record<Key, Phrase>>,
  keys = Object.keys(table) as unknown as readonly Key[],
): readonly Choice[] {
  return keys.map((value) => ({ value, name: plain(table[value]) }));
}
