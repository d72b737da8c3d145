/** A content line of RFC 5545, section 3.1: name, parameters, value; the value is written already. */
export interface ContentLine {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface Component {
  readonly name: string;
  readonly lines: readonly ContentLine[];
  readonly parts?: readonly Component[];
}

const lineOctetsMax = 75;
const lineEnd = "\r\n";

/** An iCalendar object as text: CRLF after every line, and no line of more than 75 octets. */
export function icalendarOf(component: Component): string {
  return `${linesOf(component).map(folded).join(lineEnd)}${lineEnd}`;
}

/** A TEXT value (RFC 5545, section 3.3.11): what has a meaning there is escaped, control signs are left out. */
export function textValue(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .replace(/[\\;,]/g, (sign) => `\\${sign}`)
    .replaceAll("\n", "\\n");
}

/** A local DATE-TIME (form 2 and 3 of section 3.3.5) of a day as 2026-04-01 and a time as 08:30. */
export const dateTimeValue = (day: string, time: string): string =>
  `${dateValue(day)}T${time.replace(":", "")}00`;

export const dateValue = (day: string): string => day.replaceAll("-", "");

/** A DATE-TIME in UTC of a moment in milliseconds since 1970. */
export const utcValue = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;

/** A UTC-OFFSET (section 3.3.14) of milliseconds ahead of UTC; seconds stand there only where there are any. */
export function offsetValue(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  const two = (part: number) => `${Math.floor(part)}`.padStart(2, "0");
  const rest = seconds % 60 === 0 ? "" : two(seconds % 60);
  return `${offsetMs < 0 ? "-" : "+"}${two(seconds / 3_600)}${two((seconds % 3_600) / 60)}${rest}`;
}

function linesOf({ name, lines, parts = [] }: Component): readonly string[] {
  return [
    `BEGIN:${name}`,
    ...lines.map(lineOf),
    ...parts.flatMap((part) => linesOf(part)),
    `END:${name}`,
  ];
}

function lineOf({ name, parameters = {}, value }: ContentLine): string {
  const written = Object.entries(parameters).map(([key, of]) => `;${key}=${parameterValue(of)}`);
  return `${name}${written.join("")}:${value}`;
}

/** In quotes where it holds a sign that would end it; a quote itself cannot stand there. */
function parameterValue(text: string): string {
  const plain = text.replace(/[\p{Cc}"]/gu, "");
  return /[;:,]/.test(plain) ? `"${plain}"` : plain;
}

/** Section 3.1: folded after 75 octets at most, and here never inside a character. */
function folded(line: string): string {
  if (Buffer.byteLength(line) <= lineOctetsMax) return line;
  const parts: string[] = [];
  let [part, octets] = ["", 0];
  for (const sign of line) {
    const length = Buffer.byteLength(sign);
    // The space that begins a continued line is one of its octets.
    if (octets + length > (parts.length === 0 ? lineOctetsMax : lineOctetsMax - 1)) {
      parts.push(part);
      [part, octets] = ["", 0];
    }
    part += sign;
    octets += length;
  }
  return [...parts, part].join(`${lineEnd} `);
}
