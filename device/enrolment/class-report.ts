import { printableList } from "#contract/export/printable-list.ts";
import type { ClassProblem, ClassRow } from "./class-enrolment.ts";

/** What is wrong and what to do about it, for a school's office. */
const words: Readonly<Record<ClassProblem, readonly [wrong: string, toDo: string]>> = {
  CONSENT_NEEDED: [
    "保護者の同意がありません",
    "同意を得てください（窓口で保護者がカードで署名するか、試行では同意の一覧に加えます）",
  ],
  CONSENT_ENDED: ["同意の期限が過ぎています", "保護者にもう一度確かめてください"],
  CONSENT_PENDING: [
    "同意がまだ確認されていません",
    "この機器をつなぎ、少し待ってからやり直してください",
  ],
  NAME_TAKEN: ["すでに登録されています", "撮り直した写真で替えるときは --replace を付けてください"],
  PICTURE_MISSING: ["写真がありません", "名前を付けた写真を入れてください"],
  PICTURES_DIFFER: ["写真どうしが別の人のようです", "写真の名前を確かめてください"],
  FACE_NOT_FOUND: ["顔が見つかりません", "正面から撮った写真に替えてください"],
  FACE_AMBIGUOUS: ["二人以上写っています", "一人だけの写真に替えるか、切り抜いてください"],
  IMAGE_UNREADABLE: ["画像として開けません", "JPEGかPNGで保存し直してください"],
  IMAGE_TOO_LARGE: ["画像が大きすぎます", "小さくして保存し直してください"],
  "too-far": ["顔が小さすぎます", "顔が大きく写った写真に替えてください"],
  blurred: ["ぼけています", "はっきり写った写真に替えてください"],
  "too-dark": ["暗すぎます", "明るいところで撮り直してください"],
  "too-bright": ["明るすぎます", "光をさけて撮り直してください"],
  "turned-away": ["横を向いています", "正面を向いた写真に替えてください"],
};

/** What to do about a problem, in one line. */
export const adviceOn = (problem: ClassProblem): string => words[problem].join("。");

export interface ClassReportOptions {
  readonly className: string;
  readonly madeAt: string;
  readonly isDry: boolean;
}

/** The report for paper: which child, which picture, what is wrong and what to do. */
export function classReport(rows: readonly ClassRow[], options: ClassReportOptions): string {
  const { className, madeAt, isDry } = options;
  const enrolled = rows.filter((row) => row.enrolled).length;
  const alike = rows.filter(({ looksLike }) => looksLike.length > 0).length;
  return printableList({
    title: `顔の登録の結果（${className}）`,
    notes: [
      `${madeAt} 現在。${rows.length}人のうち${enrolled}人を${isDry ? "登録できます" : "登録しました"}。`,
      ...(isDry ? ["これは試し書きです。何も保存していません。"] : []),
      ...(alike > 0
        ? [`よく似た人がいる${alike}人は、はっきりしないときカードで確かめます。`]
        : []),
      "登録されていない人は、カードで同じように出席を確かめられます。",
    ],
    columns: [
      { title: "名前", share: 3 },
      { title: "結果", share: 2 },
      { title: "どの写真の、何が", share: 5 },
      { title: "すること", share: 5 },
      { title: "よく似た人", share: 3 },
    ],
    rows: rows.flatMap(linesOf),
  });
}

function linesOf({ name, enrolled, problem, pictures, looksLike }: ClassRow) {
  const bad = pictures.flatMap((picture) =>
    picture.problem ? [{ file: picture.file, problem: picture.problem }] : [],
  );
  const faults = bad.length > 0 ? bad : problem ? [{ file: "", problem }] : [];
  const all = problem === "PICTURES_DIFFER" ? [{ file: "", problem }, ...bad] : faults;
  const lines = all.length > 0 ? all : [undefined];
  return lines.map((fault, index) => {
    const [wrong = "", toDo = ""] = fault ? words[fault.problem] : [];
    const isFirst = index === 0;
    const result = enrolled ? "登録" : "未登録";
    const where = fault?.file ? `${fault.file}: ${wrong}` : wrong;
    const cells = [isFirst ? name : "", isFirst ? result : "", where, toDo];
    return { cells: [...cells, isFirst ? looksLike.join("、") : ""], starts: isFirst };
  });
}
