/**
 * A reading as it is compared and ordered: full-width hiragana, no spaces, no signs. A clerk in a hurry
 * writes ﾔﾏﾀﾞ, ヤマダ or やまだ, and means one name.
 */
export function plainKana(reading: string): string {
  return reading
    .normalize("NFKC")
    .replace(/[ァ-ヶ]/g, (sign) => String.fromCodePoint(sign.charCodeAt(0) - 0x60))
    .toLowerCase()
    .replace(/[\s・･．.,、'’-]/g, "");
}

const collator = new Intl.Collator("ja", { sensitivity: "variant" });

/** The order of the fifty sounds; what has no reading comes last. */
export function byKana(one: string, other: string): number {
  if (one === other) return 0;
  if (one === "") return 1;
  if (other === "") return -1;
  return collator.compare(one, other) || (one < other ? -1 : 1);
}

/** Digits of a telephone number, for comparison: 090-1234-5678 and ０９０１２３４５６７８ are one. */
export function plainPhone(phone: string): string {
  return phone.normalize("NFKC").replace(/\D/g, "");
}

/** Two readings that differ by at most one sound: left out, added, changed, or two of them swapped. */
export function isNearlySame(one: string, other: string): boolean {
  if (one === other) return true;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1 || short.length < 3) return false;
  let i = 0;
  while (i < short.length && short[i] === long[i]) i += 1;
  if (short.length < long.length) return short.slice(i) === long.slice(i + 1);
  if (short.slice(i + 1) === long.slice(i + 1)) return true;
  const isSwapped = short[i] === long[i + 1] && short[i + 1] === long[i];
  return isSwapped && short.slice(i + 2) === long.slice(i + 2);
}
