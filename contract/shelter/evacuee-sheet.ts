import type { ShelterNeed } from "../bodies/shelter.ts";
import { csvOf } from "../export/csv.ts";
import { printableList } from "../export/printable-list.ts";
import type { WallMs } from "../ids.ts";
import type { EvacueePage, EvacueeRow } from "./evacuee-list.ts";

/** The words of a shelter's papers for the codes of its events. */
export const needWords: Readonly<Record<ShelterNeed, string>> = {
  medicine: "服薬",
  allergy: "アレルギー",
  infant: "乳幼児",
  pregnant: "妊産婦",
  care: "介護",
  wheelchair: "車いす",
  "medical-device": "医療機器",
  pet: "ペット",
  language: "外国語",
};
const sexWords = { female: "女", male: "男", other: "その他", "not-said": "回答しない" } as const;
const placeWords = { hall: "避難所", car: "車中", tent: "テント", home: "在宅" } as const;
const houseWords = {
  ...{ unharmed: "被害なし", damaged: "一部損壊", destroyed: "全半壊", unknown: "不明" },
} as const;
const meansWords = { card: "カード", face: "顔", hand: "手書き" } as const;

/** How times and dates are written, in the shelter's time zone. */
export interface SheetWords {
  /** As 2026-04-01 09:05. */
  time(at: WallMs): string;
  /** The day that ages are counted on, as 2026-04-01. */
  readonly today: string;
}

/** Years between two days, as a birthday is counted; undefined where the first is not known. */
export function ageOn(today: string, birthDate: string | undefined): number | undefined {
  if (!birthDate) return undefined;
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

const csvColumns = [
  ...["避難所", "世帯", "ふりがな", "氏名", "生年月日", "年齢", "性別", "続柄", "住所", "電話番号"],
  ...[
    "滞在場所",
    "家屋",
    "必要な支援",
    "支援の詳細",
    "言語",
    "到着",
    "最終確認",
    "状態",
    "確認方法",
  ],
  ...["安否照会", "番号"],
] as const;

/** The list for a spreadsheet, in the order of the page. */
export function evacueeCsv(page: EvacueePage, words: SheetWords): string {
  const labels = new Map(page.shelters.map(({ shelter, label }) => [shelter, label]));
  const households = householdNumbers(page.rows);
  return csvOf(
    csvColumns,
    page.rows.map((row) => {
      const { evacuee, details } = row;
      return {
        避難所: placeOf(evacuee.shelter, labels),
        世帯: households.get(row),
        ふりがな: details?.kana,
        氏名: details?.name,
        生年月日: details?.birthDate,
        年齢: ageOn(words.today, details?.birthDate) ?? details?.age,
        性別: details?.sex && sexWords[details.sex],
        続柄: relationOf(row),
        住所: details?.address,
        電話番号: details?.phone,
        滞在場所: details?.staysIn && placeWords[details.staysIn],
        家屋: details?.house && houseWords[details.house],
        必要な支援: needsOf(row),
        支援の詳細: details?.needsNote,
        言語: evacuee.language,
        到着: words.time(evacuee.since),
        最終確認: words.time(evacuee.lastSeenAt),
        状態: stateOf(row),
        確認方法: meansWords[evacuee.means],
        安否照会: evacuee.protected ? "回答禁止" : "",
        番号: evacuee.person,
      };
    }),
  );
}

const placeOf = (shelter: string | null, labels: ReadonlyMap<string, string>): string =>
  shelter === null ? "不明" : (labels.get(shelter) ?? shelter);

/** The list for paper, A4. */
export function evacueeSheet(page: EvacueePage, words: SheetWords, styleHref?: string): string {
  const [only] = page.shelters;
  const one = page.shelters.length === 1 ? only : undefined;
  const sum = (pick: (shelter: EvacueePage["shelters"][number]) => number) =>
    page.shelters.reduce((total, shelter) => total + pick(shelter), 0);
  const households = householdNumbers(page.rows);
  const silent = page.silentDevices.map(({ device, lastHeardAt }) =>
    lastHeardAt === undefined
      ? `${device}（応答なし）`
      : `${device}（最終 ${words.time(lastHeardAt)}）`,
  );
  const capacity = one && one.capacity !== null ? ` / 定員 ${one.capacity}人` : "";
  const labels = new Map(page.shelters.map(({ shelter, label }) => [shelter, label]));
  let household: number | undefined;
  const title = `避難者名簿　${one ? one.label : "全避難所"}`;
  const asOf = `${words.time(page.asOf)} 現在`;
  return printableList({
    title,
    running: `${title}　${asOf}`,
    notes: [
      `${asOf}　在所 ${sum(({ present }) => present)}人${capacity}　移動中 ${sum(({ expected }) => expected)}人　未確認の来所 ${sum(({ unidentified }) => unidentified)}人`,
      "個人情報を含みます。掲示せず、使用後は施錠して保管してください。",
    ],
    ...(silent.length > 0
      ? {
          warning: `通信が途絶えた機器があり、名簿にない人がいる可能性があります: ${silent.join("、")}`,
        }
      : {}),
    columns: [
      // A list of the whole city says where somebody is.
      ...(one ? [] : [{ title: "避難所", share: 13 }]),
      ...[
        { title: "世帯", share: 5 },
        { title: "ふりがな", share: 16 },
      ],
      ...[
        { title: "氏名", share: 14 },
        { title: "年齢", share: 5 },
      ],
      ...[
        { title: "性別", share: 5 },
        { title: "続柄", share: 7 },
      ],
      ...[
        { title: "住所", share: one ? 22 : 12 },
        { title: "必要な支援", share: one ? 16 : 13 },
      ],
      ...[{ title: "状態", share: 10 }],
    ],
    rows: page.rows.map((row) => {
      const { details, evacuee } = row;
      const number = households.get(row);
      const starts = number !== household;
      household = number;
      const age = ageOn(words.today, details?.birthDate) ?? details?.age;
      const support = [needsOf(row), details?.needsNote ?? ""].filter(Boolean).join("：");
      const state = `${stateOf(row)}${evacuee.protected ? "（照会に回答禁止）" : ""}`;
      return {
        starts,
        cells: [
          ...(one ? [] : [placeOf(evacuee.shelter, labels)]),
          ...[`${number ?? ""}`, details?.kana ?? "（氏名未登録）", details?.name ?? ""],
          ...[`${age ?? ""}`, details?.sex ? sexWords[details.sex] : "", relationOf(row)],
          ...[details?.address ?? "", support, state],
        ],
      };
    }),
    ...(styleHref ? { styleHref } : {}),
  });
}

/** Households by their place in the list, from 1: what is written on paper has to be short. */
function householdNumbers(rows: readonly EvacueeRow[]): ReadonlyMap<EvacueeRow, number> {
  const numbers = new Map<EvacueeRow, number>();
  let [number, last] = [0, ""];
  for (const row of rows) {
    const key = row.evacuee.household ?? row.evacuee.person;
    if (key !== last) number += 1;
    last = key;
    numbers.set(row, number);
  }
  return numbers;
}

function needsOf({ evacuee }: EvacueeRow): string {
  return evacuee.needs.map((need) => needWords[need]).join("・");
}

function relationOf({ details }: EvacueeRow): string {
  return details?.isHouseholdHead ? "世帯主" : (details?.relation ?? "");
}

function stateOf({ evacuee }: EvacueeRow): string {
  if (evacuee.expected) return "移動中";
  return evacuee.sure ? "在所" : "在所（要確認）";
}
