import type { ComponentChildren, JSX } from "preact";

export type Tone = "good" | "bad" | "care" | "info" | "none";

/** A shape for each meaning, so that it is told without its colour. */
const shapes: Readonly<Record<Tone, JSX.Element>> = {
  good: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M4.800 8.200 7 10.400 11.200 5.800" class="cut" />
    </>
  ),
  bad: (
    <>
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z" fill="currentColor" />
      <path d="m5.500 5.500 5 5m0-5-5 5" class="cut" />
    </>
  ),
  care: (
    <>
      <path
        d="M8 1.200 15.200 14H.8Z"
        fill="currentColor"
        stroke="currentColor"
        stroke-linejoin="round"
      />
      <path d="M8 6v3.600M8 12v.01" class="cut" />
    </>
  ),
  info: (
    <>
      <path d="M8 .8 15.200 8 8 15.200.8 8Z" fill="currentColor" />
      <path d="M8 7.400v3.400M8 5v.01" class="cut" />
    </>
  ),
  none: <circle cx="8" cy="8" r="5.500" fill="none" stroke="currentColor" stroke-width="2" />,
};

export function Mark({
  tone,
  size = 14,
}: {
  readonly tone: Tone;
  readonly size?: number;
}): JSX.Element {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {shapes[tone]}
    </svg>
  );
}

/** A state in a word, with its colour and its shape. */
export function Badge(props: {
  readonly tone: Tone;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class="badge" data-tone={props.tone}>
      <Mark tone={props.tone} />
      {props.children}
    </span>
  );
}

/** Something to be told about the page: read out when it appears. */
export function Notice(props: {
  readonly tone: Tone;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="notice" data-tone={props.tone} role={props.tone === "bad" ? "alert" : "status"}>
      <Mark tone={props.tone} size={18} />
      <div>{props.children}</div>
    </div>
  );
}
