import type { ComponentChildren, JSX } from "preact";

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: (() => void) | undefined;
  readonly look?: "key" | "plain" | "quiet";
  readonly type?: "button" | "submit";
  readonly disabled?: boolean;
  readonly pressed?: boolean | undefined;
  readonly expanded?: boolean | undefined;
}

/** Something that a person can do. One of them on a page is `key`: what most come to do. */
export function Button(props: ButtonProps): JSX.Element {
  const { children, onClick, look = "plain", type = "button", disabled, pressed, expanded } = props;
  return (
    <button
      class="button"
      type={type}
      data-look={look}
      disabled={disabled}
      aria-pressed={pressed}
      aria-expanded={expanded}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

/** A button that is a picture alone; its name is read out, and shown by the browser. */
export function IconButton(props: {
  readonly name: string;
  readonly children: ComponentChildren;
  readonly onClick: () => void;
  readonly expanded?: boolean;
}): JSX.Element {
  const { name, children, onClick, expanded } = props;
  return (
    <button
      class="button"
      type="button"
      data-look="quiet"
      data-icon
      aria-label={name}
      title={name}
      aria-expanded={expanded}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

/** A file that the gateway gives: for a spreadsheet, for paper, for a program. */
export function FileLink(props: {
  readonly href: string;
  readonly children: ComponentChildren;
  readonly isPage?: boolean;
}): JSX.Element {
  const { href, children, isPage } = props;
  return (
    <a
      class="button"
      data-look="plain"
      href={href}
      {...(isPage ? { target: "_blank", rel: "noopener" } : { download: "" })}
    >
      {children}
    </a>
  );
}
