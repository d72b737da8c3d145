const hiragana = /[\u3041-\u3096]/g;
const kanaOffset = 0x60;

/** Full-width katakana with single spaces, however it was typed. */
export function asKatakana(text: string): string {
  return text
    .normalize("NFKC")
    .replace(hiragana, (sign) => String.fromCharCode(sign.charCodeAt(0) + kanaOffset))
    .replace(/\s+/gu, " ")
    .trim();
}

/** What two spellings of one name share: width, case and spaces are not part of a name. */
export function nameToFind(text: string): string {
  return asKatakana(text).replace(/[ ・]/gu, "").toLowerCase();
}
