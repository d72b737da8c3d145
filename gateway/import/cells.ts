import { asKatakana } from "../persons/readings.ts";
import { CellProblem } from "./problem.ts";

/** Reads a cell that is not blank. */
export type ReadCell = (text: string) => unknown | CellProblem;

/** A formula as a spreadsheet shows it, or what one came to that went wrong. */
const formula = /^(?:[=＝].*|#(?:N\/A|REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!))$/u;
const privateUse = /\p{Co}/u;
const lost = /[\uFFFD\p{Cs}]/u;

/** Why no column can take this text at all; undefined when it may be read. */
export function flawOfCell(text: string): CellProblem | undefined {
  if (/[\n\r]/.test(text)) {
    return new CellProblem(
      "CELL_LINE_BREAK",
      "the cell goes over several lines; take the line breaks out, or close a quotation mark",
    );
  }
  if (formula.test(text)) {
    return new CellProblem(
      "CELL_FORMULA",
      "a formula or its error stands in the cell; write what it should come to",
    );
  }
  if (privateUse.test(text)) {
    const what = "a character that only the writing machine knows (gaiji)";
    return new CellProblem("CHARACTER_PRIVATE", `the cell holds ${what}; write a standard one`);
  }
  if (lost.test(text)) {
    return new CellProblem("CHARACTER_LOST", "a character was lost before; write it again");
  }
  return undefined;
}

/** One line, single spaces. Nothing else is touched: a name's variant of a sign is part of it. */
export const readText: ReadCell = (text) => text.replace(/\s+/gu, " ");

export const readKana: ReadCell = (text) => asKatakana(text);

/** Codes and numbers mean the same in full width. */
export const readCode: ReadCell = (text) => text.normalize("NFKC").trim();

export const readReference: ReadCell = (text) => {
  const code = text.normalize("NFKC").trim();
  if (!/^\d{12}$/.test(code)) return code;
  const why = "twelve digits may be an Individual Number, which must not be kept here";
  return new CellProblem("MY_NUMBER_LIKE", `${why}; use the office's own number, with a letter`);
};

export const readPostalCode: ReadCell = (text) =>
  text
    .normalize("NFKC")
    .replace(/[〒\s]/gu, "")
    .replace(/^(\d{3})-?(\d{4})$/, "$1-$2");

export const readPhone: ReadCell = (text) =>
  text
    .normalize("NFKC")
    .replace(/[()\s‐‑–−ー]+/gu, "-")
    .replace(/^-|-$/g, "")
    .replace(/-+/g, "-");

export const readWholeNumber: ReadCell = (text) => {
  const clean = text.normalize("NFKC").trim();
  return /^\d{1,9}$/.test(clean)
    ? Number(clean)
    : new CellProblem("CELL_INVALID", "a whole number belongs here");
};

/** One of a few words, in English or Japanese. */
export function readChoice(choices: Readonly<Record<string, readonly string[]>>): ReadCell {
  const known = new Map(
    Object.entries(choices).flatMap(([code, words]) =>
      [code, ...words].map((word) => [plain(word), code] as const),
    ),
  );
  const all = Object.entries(choices).map(([code, [word]]) => (word ? `${code} (${word})` : code));
  return (text) =>
    known.get(plain(text)) ?? new CellProblem("CHOICE_UNKNOWN", `write one of ${all.join(", ")}`);
}

const yesOrNo = readChoice({
  yes: ["はい", "true", "1", "y", "有", "有り", "あり", "○", "〇", "する"],
  no: ["いいえ", "false", "0", "n", "無", "無し", "なし", "×", "しない"],
});

export const readYesNo: ReadCell = (text) => {
  const answer = yesOrNo(text);
  return answer instanceof CellProblem ? answer : answer === "yes";
};

/** How headers and choices are compared: width, case, spaces, hyphens and underscores do not count. */
export function plain(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]/gu, "");
}
