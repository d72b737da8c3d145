export interface PrintableColumn {
  readonly title: string;
  /** Share of the line, of the sum of all shares. */
  readonly share: number;
}

export interface PrintableList {
  readonly title: string;
  /** What stands above the table on every sheet, so that one that went astray is known; else the title. */
  readonly running?: string;
  /** Lines under the title: as of when, how many, what is not known. */
  readonly notes: readonly string[];
  /** A note that nobody may overlook, such as a silent box. */
  readonly warning?: string;
  readonly columns: readonly PrintableColumn[];
  /** `starts` draws a line above: a new household. */
  readonly rows: Iterable<{ readonly cells: readonly string[]; readonly starts: boolean }>;
  /** A4 on its side, with small letters, for tables of many columns. */
  readonly isLandscape?: boolean;
  /** Where the style comes from: an address, for a page that allows no inline style; else inside. */
  readonly styleHref?: string;
}

/** A4 upright, black on white, with the head of the table and a page number on every sheet and no row cut in two. */
export const printableStyle = `@page { size: A4 portrait; margin: 12mm 10mm 14mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
:root { color-scheme: light; }
body { font: 9pt/1.35 "Noto Sans JP", "Hiragino Sans", "Yu Gothic", Meiryo, sans-serif; color: #000; background: #fff; margin: 0 auto; max-width: 190mm; }
h1 { font-size: 15pt; margin: 0 0 1mm; }
p { margin: 0 0 1mm; overflow-wrap: anywhere; }
.warning { border: 0.6mm solid #000; padding: 1mm 2mm; font-weight: bold; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin-top: 2mm; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 0.2mm solid #555; padding: 0.8mm 1mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; font-weight: bold; }
.starts td { border-top: 0.6mm solid #000; }
tr.running td { border: 0; padding: 0 0 0.6mm; text-align: right; font-size: 7pt; }
@media screen { body { padding: 8mm; } tr.running { display: none; } }
@media print { th { print-color-adjust: exact; } body { padding: 0 0.5mm; } }
`;

/** What a table of many columns changes about it. */
const landscapeStyle = `@page { size: A4 landscape; margin: 8mm 8mm 11mm; }
body { font-size: 6.5pt; max-width: 281mm; }
th, td { padding: 0.4mm; text-align: center; }
`;

/** The style of a list with many columns, whole. */
export const printableWideStyle = `${printableStyle}${landscapeStyle}`;

/** A list for paper as one HTML page in Japanese. Every text in it is shown as it is, never run. */
export function printableList(list: PrintableList): string {
  const { title, running = title, notes, warning, columns, rows, styleHref } = list;
  const style = styleHref
    ? `<link rel="stylesheet" href="${escaped(styleHref)}">`
    : `<style>${list.isLandscape ? printableWideStyle : printableStyle}</style>`;
  const sum = columns.reduce((total, { share }) => total + share, 0);
  // An attribute of the column and no inline style, which the gateway's pages do not allow.
  const cols = columns.map(({ share }) => `<col width="${((share / sum) * 100).toFixed(2)}%">`);
  const head = columns.map((column) => `<th scope="col">${escaped(column.title)}</th>`);
  const body: string[] = [];
  for (const { cells, starts } of rows) {
    const line = cells.map((cell) => `<td>${escaped(cell)}</td>`).join("");
    body.push(`<tr${starts ? ' class="starts"' : ""}>${line}</tr>`);
  }
  return `<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>${escaped(title)}</title>${style}</head>
<body><h1>${escaped(title)}</h1>
${notes.map((note) => `<p>${escaped(note)}</p>`).join("\n")}
${warning ? `<p class="warning">${escaped(warning)}</p>` : ""}
<table><colgroup>${cols.join("")}</colgroup>
<thead><tr class="running" aria-hidden="true"><td colspan="${columns.length}">${escaped(running)}</td></tr>
<tr>${head.join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody></table></body></html>
`;
}

const entities: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" },
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] as string);
}
