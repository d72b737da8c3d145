import type { JSX } from "preact";

/** An open, empty hand: the mark of the whole. */
export function HandMark(): JSX.Element {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--key)" />
      <g
        fill="none"
        stroke="var(--on-key)"
        stroke-width="2.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      >
        <path d="M9.200 16.400V11M13.400 14.600V7.400M17.600 14.400V7.200M21.800 15.400V9.600" />
        <path d="M9.200 16.400c0 5 2.400 8.800 7 8.800 4.200 0 6.400-2.600 8-6.600l1.400-3.200" />
      </g>
    </svg>
  );
}
