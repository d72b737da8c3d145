/** The hours to draw of a day: from the first in which something happened to the last, six at least. */
export function hoursOf(hours: readonly { readonly hour: number }[]): readonly number[] {
  const known = hours.map(({ hour }) => hour);
  const from = Math.max(0, Math.min(18, ...known) - 1);
  const until = Math.min(23, Math.max(from + 6, ...known.map((hour) => hour + 1)));
  return Array.from({ length: until - from + 1 }, (_, at) => from + at);
}
