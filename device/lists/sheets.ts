/** One of the messages that a list comes in. */
export interface Sheet {
  readonly serial: number;
  readonly sheet: number;
  readonly sheets: number;
}

/**
 * The sheets with another one among them, newest first. Once all sheets of a serial number are there the
 * older ones go: who is not on the newest list is on none. Until then an older list still speaks.
 */
export function withSheet<Of extends Sheet>(book: readonly Of[], sheet: Of): readonly Of[] {
  const isSame = (one: Of) => one.serial === sheet.serial && one.sheet === sheet.sheet;
  const all = [...book.filter((one) => !isSame(one)), sheet].sort((a, b) => b.serial - a.serial);
  const complete = newestWhole(all);
  return complete === undefined ? all : all.filter(({ serial }) => serial >= complete);
}

/** The greatest serial number of which all sheets are there. */
export function newestWhole(book: readonly Sheet[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { serial } of book) counts.set(serial, (counts.get(serial) ?? 0) + 1);
  const whole = book.filter(({ serial, sheets }) => counts.get(serial) === sheets);
  return whole.length === 0 ? undefined : Math.max(...whole.map(({ serial }) => serial));
}
