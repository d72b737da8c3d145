import type { JSX } from "preact";
import type { Device } from "../api/shapes.ts";
import { Mark } from "../design/badge.tsx";
import { addressOf } from "../shell/route.ts";
import { useWords } from "../words/language.ts";
import { plain, t } from "../words/phrase.ts";
import { conditionOf, sitesOf, toneOf } from "./device-state.ts";
import { serviceName } from "./outcome.tsx";

/** Every box by where it works, one mark each: whoever knows the city sees what is missing. */
export function Plan({ devices }: { readonly devices: readonly Device[] }): JSX.Element {
  const w = useWords();
  if (devices.length === 0) return <p class="empty">{t(w.text.noBoxYet)}</p>;
  return (
    <div class="plan">
      {[...sitesOf(devices)].map(([site, boxes]) => {
        const name = serviceName(w, site);
        return (
          <div class="plan-site" key={site}>
            <h3>{name ? t(name) : site}</h3>
            <ul class="plan-boxes">
              {boxes.map((box) => {
                const condition = conditionOf(box);
                const text = `${box.device}: ${plain(w.condition[condition])}`;
                return (
                  <li key={box.device}>
                    <a
                      class="plan-box"
                      data-tone={toneOf[condition]}
                      href={addressOf("devices", { box: box.device })}
                      aria-label={text}
                      title={text}
                    >
                      <Mark tone={toneOf[condition]} size={18} />
                    </a>
                  </li>
                );
              })}
            </ul>
          </div>
        );
      })}
    </div>
  );
}
