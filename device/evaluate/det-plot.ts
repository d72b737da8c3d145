/** One line of a plot: false match rates, rising, and the false non-match rate at each. */
export interface DetCurve {
  readonly label: string;
  readonly points: readonly { readonly fmr: number; readonly fnmr: number }[];
}

const size = { width: 720, height: 560, left: 76, right: 24, top: 44, bottom: 64 };
const fmrTicks = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 0.4];
const fnmrTicks = [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.4];
const colours = ["#0b62a4", "#c2410c", "#15803d", "#7e22ce"];

/**
 * A detection error trade-off plot (ISO/IEC 19795-1, Martin et al. 1997) as SVG: both axes are stretched
 * by the normal distribution's quantiles, on which errors of normal scores are straight lines.
 */
export function detPlot(title: string, curves: readonly DetCurve[]): string {
  const x = axis(fmrTicks, size.left, size.width - size.right);
  const y = axis(fnmrTicks, size.height - size.bottom, size.top);
  const grid = [
    ...fmrTicks.map((tick) => line(x(tick), size.top, x(tick), size.height - size.bottom)),
    ...fnmrTicks.map((tick) => line(size.left, y(tick), size.width - size.right, y(tick))),
  ];
  const labels = [
    ...fmrTicks.map((tick) => text(x(tick), size.height - size.bottom + 18, "middle", share(tick))),
    ...fnmrTicks.map((tick) => text(size.left - 8, y(tick) + 4, "end", share(tick))),
    text(size.width / 2, size.height - 18, "middle", "false match rate"),
    `<g transform="rotate(-90 18 ${size.height / 2})">${text(18, size.height / 2, "middle", "false non-match rate")}</g>`,
    text(size.width / 2, 26, "middle", title),
  ];
  const drawn = curves.map(({ points }, index) => {
    const path = points
      .map(({ fmr, fnmr }) => `${x(fmr).toFixed(1)},${y(fnmr).toFixed(1)}`)
      .join(" ");
    return `<polyline points="${path}" fill="none" stroke="${colourOf(index)}" stroke-width="2"/>`;
  });
  const legend = curves.map(({ label }, index) => {
    const at = size.top + 22 + index * 20;
    const from = size.width - size.right - 190;
    const mark = line(from, at - 4, from + 24, at - 4, colourOf(index));
    return mark + text(from + 32, at, "start", label);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${size.width}" height="${size.height}" fill="white"/>`,
    ...[...grid, ...labels, ...drawn, ...legend],
    "</svg>\n",
  ].join("\n");
}

/** A scale from the outermost ticks to the plot's edges; what lies outside is drawn on the edge. */
function axis(ticks: readonly number[], start: number, end: number): (rate: number) => number {
  const [low, high] = [probit(ticks[0] ?? 0.1), probit(ticks.at(-1) ?? 0.4)];
  return (rate) => {
    const at = (probit(Math.min(1 - 1e-9, Math.max(1e-9, rate))) - low) / (high - low);
    return start + Math.min(1, Math.max(0, at)) * (end - start);
  };
}

/** The standard normal quantile, by bisection of its distribution: a plot needs no more digits. */
function probit(share: number): number {
  let [low, high] = [-8, 8];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (normalShareBelow(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The normal distribution function, good to 1e-7 of the tail (Abramowitz and Stegun, 26.2.17). */
function normalShareBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z < 0 ? tail : 1 - tail;
}

const colourOf = (index: number) => colours[index % colours.length] ?? "black";

const share = (rate: number) =>
  rate >= 1e-3 ? `${Number((rate * 100).toPrecision(2))} %` : rate.toExponential(0);

function line(x1: number, y1: number, x2: number, y2: number, stroke = "#ddd"): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="${stroke}"${stroke === "#ddd" ? "" : ' stroke-width="2"'}/>`;
}

function text(x: number, y: number, anchor: "start" | "middle" | "end", content: string): string {
  const escaped = content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped}</text>`;
}
