import { Minus, Plus } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Point } from "#firmware-config/city-map.ts";
import type { MapStop } from "../../../map/city-map.ts";
import { Mark } from "../../design/badge.tsx";
import { IconButton } from "../../design/button.tsx";
import { useWidth } from "../../design/use-width.ts";
import { useWords } from "../../words/language.ts";
import { plain } from "../../words/phrase.ts";
import { byUrgency, conditionOf, toneOf } from "../device-state.ts";
import type { PlacedBox } from "./placed-box.ts";
import { clustersOf, projection, readableNames, type Spot } from "./projection.ts";

export interface City {
  readonly stops: readonly MapStop[];
  readonly lines: readonly (readonly string[])[];
}

const zooms = [1, 2, 4, 8] as const;
const apartPx = 36;
/** So many names are looked for on one sheet; on a larger one, more. */
const namesMax = 40;

/** Stops, lines and boxes drawn to scale by this page alone: nothing of it comes from elsewhere. */
export function CityPlan(props: {
  readonly city: City;
  readonly boxes: readonly (PlacedBox & { readonly at: Point })[];
  readonly chosen: ReadonlySet<string>;
  onChoose(devices: readonly string[]): void;
}): JSX.Element {
  const w = useWords();
  const { city, boxes } = props;
  const { element, width } = useWidth();
  const [zoom, setZoom] = useState(0);
  const factor = zooms[zoom] ?? 1;
  const size = { width: width * factor, height: Math.round(width * 0.66) * factor, margin: 40 };
  const place = projection([...city.stops, ...boxes.map(({ at }) => at)], size);
  const clusters = clustersOf(
    boxes.map((box) => ({ ...box, ...place(box.at) })),
    apartPx,
  );
  return (
    <div class="map" ref={element as never}>
      <div class="page-tools">
        <IconButton name={plain(w.map.zoomIn)} onClick={() => setZoom(Math.min(3, zoom + 1))}>
          <Plus size={20} aria-hidden="true" />
        </IconButton>
        <IconButton name={plain(w.map.zoomOut)} onClick={() => setZoom(Math.max(0, zoom - 1))}>
          <Minus size={20} aria-hidden="true" />
        </IconButton>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, and this is no landmark either */}
      <div
        class="map-frame"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        tabIndex={0}
        role="group"
        aria-label={plain(w.map.plan)}
        style={{ blockSize: `${Math.round(width * 0.66)}px` }}
      >
        <div class="map-sheet" style={{ width: `${size.width}px`, height: `${size.height}px` }}>
          <Ground
            city={city}
            place={place}
            size={size}
            marks={clusters}
            namesMax={namesMax * factor}
          />
          {clusters.map((cluster) => (
            <Marker key={`${cluster.x} ${cluster.y}`} {...{ cluster, ...props }} />
          ))}
        </div>
      </div>
    </div>
  );
}

function Ground(props: {
  readonly city: City;
  place(point: Point): Spot;
  readonly size: { readonly width: number; readonly height: number };
  readonly marks: readonly Spot[];
  readonly namesMax: number;
}): JSX.Element {
  const { city, place, size, marks, namesMax } = props;
  const spots = new Map(city.stops.map((stop) => [stop.id, { ...stop, ...place(stop) }]));
  const names = readableNames([...spots.values()], marks, namesMax);
  const pathOf = (line: readonly string[]) =>
    line
      .flatMap((stop) => spots.get(stop) ?? [])
      .map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`)
      .join("");
  return (
    <svg width={size.width} height={size.height} aria-hidden="true">
      {city.lines.map((line) => (
        <path key={line.join()} class="map-line" d={pathOf(line)} />
      ))}
      {[...spots.values()].map(({ id, x, y }) => (
        <circle key={id} class="map-stop" cx={x} cy={y} r="4" />
      ))}
      {names.map(({ id, name, at }) => (
        <text key={id} x={at.x} y={at.y} text-anchor="middle" lang="ja">
          {name}
        </text>
      ))}
    </svg>
  );
}

/** One or several boxes that stand together; the worst of them gives the sign. */
function Marker(props: {
  readonly cluster: Spot & { readonly all: readonly PlacedBox[] };
  readonly chosen: ReadonlySet<string>;
  onChoose(devices: readonly string[]): void;
}): JSX.Element {
  const w = useWords();
  const { cluster, chosen, onChoose } = props;
  const boxes = cluster.all.map(({ box }) => box).sort(byUrgency);
  const names = boxes.map(({ device }) => device);
  const states = boxes.map((box) => `${box.device} ${plain(w.condition[conditionOf(box)])}`);
  const isChosen = names.every((name) => chosen.has(name));
  const tone = boxes[0] ? toneOf[conditionOf(boxes[0])] : "none";
  const n = boxes.length;
  const text = plain(w.map.marker, { n, states: states.join(plain(w.text.comma)) });
  return (
    <button
      class="plan-box map-mark"
      type="button"
      data-tone={tone}
      aria-pressed={isChosen}
      aria-label={text}
      title={text}
      style={{ left: `${cluster.x}px`, top: `${cluster.y}px` }}
      onClick={() => onChoose(isChosen ? [] : names)}
    >
      <Mark tone={tone} size={18} />
      {n > 1 ? <small>{n}</small> : null}
    </button>
  );
}
