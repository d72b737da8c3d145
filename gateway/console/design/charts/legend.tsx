import type { JSX } from "preact";
import type { Series } from "./chart-frame.tsx";

/** What the colours of a chart stand for; each with its own outline. */
export function Legend({ series }: { readonly series: readonly Series[] }): JSX.Element {
  return (
    <p class="legend">
      {series.map(({ key, name, colour, dash }) => (
        <span key={key}>
          {dash === undefined ? (
            <svg viewBox="0 0 14 14" aria-hidden="true">
              <rect width="14" height="14" rx="3" fill={colour} />
            </svg>
          ) : (
            <svg class="legend-line" viewBox="0 0 32 14" aria-hidden="true">
              <path d="M0 7h32" stroke={colour} stroke-width="3" stroke-dasharray={dash} />
            </svg>
          )}
          <span>{name}</span>
        </span>
      ))}
    </p>
  );
}
