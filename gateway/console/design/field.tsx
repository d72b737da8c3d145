import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  readonly name: ComponentChildren;
  readonly value: string;
  onInput(value: string): void;
  readonly hint?: ComponentChildren;
  readonly flaw?: ComponentChildren;
  readonly type?: "text" | "search" | "date" | "number" | "tel" | "datetime-local";
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  readonly isRequired?: boolean;
  readonly inputRef?: (element: HTMLInputElement | null) => void;
}

/** A line to write into, with its name, a hint, and what is wrong with it. */
export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const { name, value, onInput, hint, flaw, type = "text", isRequired, inputRef } = props;
  const about = [hint ? `${id}-hint` : "", flaw ? `${id}-flaw` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{name}</label>
      <input
        class="input"
        id={id}
        type={type}
        value={value}
        required={isRequired}
        autoComplete={props.autoComplete ?? "off"}
        aria-invalid={flaw ? true : undefined}
        aria-describedby={about || undefined}
        {...(inputRef ? { ref: inputRef } : {})}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint ? <small id={`${id}-hint`}>{hint}</small> : null}
      {flaw ? (
        <small id={`${id}-flaw`} role="alert">
          {flaw}
        </small>
      ) : null}
    </div>
  );
}

export interface Choice {
  readonly value: string;
  readonly name: string;
}

export function Select(props: {
  readonly name: ComponentChildren;
  readonly value: string;
  readonly choices: readonly Choice[];
  onChange(value: string): void;
}): JSX.Element {
  const id = useId();
  const { name, value, choices, onChange } = props;
  return (
    <div class="field">
      <label for={id}>{name}</label>
      <select
        class="input"
        id={id}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
          </option>
        ))}
      </select>
    </div>
  );
}
export function Check(props: {
  readonly name: ComponentChildren;
  readonly checked: boolean;
  onChange(checked: boolean): void;
}): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>{props.name}</span>
    </label>
  );
}

/** Several lines of text that are typed or pasted as they are: a table, a list. */
export function TextArea(props: {
  readonly name: ComponentChildren;
  readonly value: string;
  readonly hint?: ComponentChildren;
  readonly rows: number;
  onInput(value: string): void;
}): JSX.Element {
  const id = useId();
  const { name, value, hint, rows, onInput } = props;
  return (
    <div class="field">
      <label for={id}>{name}</label>
      <textarea
        class="input input-code"
        id={id}
        rows={rows}
        spellcheck={false}
        autoComplete="off"
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint ? <small id={`${id}-hint`}>{hint}</small> : null}
    </div>
  );
}

/** A file of this computer; it is read by the page, and goes nowhere by itself. */
export function FilePick(props: {
  readonly name: ComponentChildren;
  readonly accept: string;
  onPick(file: File): void;
}): JSX.Element {
  const id = useId();
  return (
    <span class="file-pick">
      <input
        id={id}
        type="file"
        accept={props.accept}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) props.onPick(file);
          event.currentTarget.value = "";
        }}
      />
      <label class="button" data-look="plain" for={id}>
        {props.name}
      </label>
    </span>
  );
}
