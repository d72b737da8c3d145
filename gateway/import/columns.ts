import type { EntitlementKind } from "#contract/entitlements.ts";
import type { RecordKind, RecordOf } from "../persons/records.ts";
import {
  type ReadCell,
  readChoice,
  readCode,
  readKana,
  readPhone,
  readPostalCode,
  readReference,
  readText,
  readWholeNumber,
  readYesNo,
} from "./cells.ts";
import { readDate } from "./dates.ts";

/** A column of a file: what it is called and how a cell of it is read. */
export interface Column {
  readonly required: boolean;
  /** Beside the field's own name. The first is the one that a template would use. */
  readonly japanese: readonly string[];
  readonly read: ReadCell;
}

export type Columns<K extends RecordKind> = {
  readonly [Field in keyof RecordOf<K>]-?: Column;
};

/** Every code has its words, or the type checker says which has none. */
const entitlementWords: Readonly<Record<EntitlementKind, readonly string[]>> = {
  "disability-certificate": ["障害者手帳", "身体障害者手帳", "療育手帳", "精神障害者保健福祉手帳"],
  "care-certification": ["要介護認定", "要支援認定", "介護認定", "要介護・要支援認定"],
  "intractable-disease": ["難病", "指定難病", "特定医療費受給者証"],
  pregnancy: ["妊産婦", "妊娠", "母子健康手帳"],
  "no-driving-licence": ["免許なし", "運転免許なし", "運転免許未保有"],
  "returned-driving-licence": ["免許返納", "運転免許返納", "運転免許自主返納"],
};

function required(read: ReadCell, ...japanese: readonly string[]): Column {
  return { required: true, japanese, read };
}

function optional(read: ReadCell, ...japanese: readonly string[]): Column {
  return { required: false, japanese, read };
}

const from = ["開始日", "適用開始日", "有効開始日"] as const;
const until = ["終了日", "適用終了日", "有効期限", "有効終了日"] as const;

const persons: Columns<"persons"> = {
  reference: required(readReference, "管理番号", "番号", "住民番号", "学籍番号"),
  name: required(readText, "氏名", "名前", "漢字氏名"),
  kana: optional(readKana, "フリガナ", "ふりがな", "氏名カナ", "カナ氏名", "カナ", "よみがな"),
  birthDate: optional(readDate, "生年月日", "誕生日"),
  sex: optional(
    readChoice({ female: ["女", "女性", "f"], male: ["男", "男性", "m"], other: ["その他"] }),
    "性別",
  ),
  postalCode: optional(readPostalCode, "郵便番号"),
  address: optional(readText, "住所", "現住所"),
  phone: optional(readPhone, "電話番号", "電話", "連絡先"),
  email: optional(readCode, "メールアドレス", "メール"),
  language: optional(readCode, "言語", "使用言語"),
  protected: optional(readYesNo, "支援措置", "保護対象"),
};

const classes: Columns<"classes"> = {
  class: required(readReference, "クラス番号", "学級番号", "クラスID"),
  school: required(readText, "学校名", "学校"),
  schoolYear: required(readWholeNumber, "年度"),
  grade: optional(readText, "学年"),
  name: required(readText, "組", "クラス名", "学級名"),
  person: required(readReference, "管理番号", "学籍番号", "番号", "児童生徒番号"),
  role: required(
    readChoice({ pupil: ["児童", "生徒", "児童生徒"], teacher: ["教員", "担任", "教師"] }),
    "区分",
    "役割",
  ),
  number: optional(readWholeNumber, "出席番号"),
  from: optional(readDate, ...from, "転入日"),
  until: optional(readDate, ...until, "転出日"),
};

const households: Columns<"households"> = {
  household: required(readReference, "世帯番号"),
  person: required(readReference, "管理番号", "番号", "住民番号"),
  relation: required(
    readChoice({
      head: ["世帯主", "本人"],
      spouse: ["配偶者", "妻", "夫"],
      child: ["子", "長男", "長女", "二男", "二女", "三男", "三女"],
      parent: ["父母", "父", "母", "親"],
      grandparent: ["祖父母", "祖父", "祖母"],
      grandchild: ["孫"],
      sibling: ["兄弟姉妹", "兄", "弟", "姉", "妹"],
      other: ["その他", "縁故者", "同居人"],
    }),
    "続柄",
  ),
};

const guardians: Columns<"guardians"> = {
  guardian: required(readReference, "保護者番号", "保護者"),
  ward: required(readReference, "児童番号", "児童生徒番号", "子番号", "被保護者番号"),
  relation: required(
    readChoice({
      mother: ["母"],
      father: ["父"],
      parent: ["親", "父母"],
      grandparent: ["祖父母", "祖父", "祖母"],
      "legal-guardian": ["法定代理人", "後見人", "未成年後見人", "成年後見人"],
      proxy: ["代理人"],
      other: ["その他"],
    }),
    "続柄",
  ),
  notify: required(readYesNo, "通知", "登下校通知"),
  from: optional(readDate, ...from),
  until: optional(readDate, ...until),
};

const entitlements: Columns<"entitlements"> = {
  person: required(readReference, "管理番号", "番号", "住民番号"),
  entitlement: required(readChoice(entitlementWords), "資格", "対象要件", "要件"),
  from: required(readDate, ...from, "認定日"),
  until: optional(readDate, ...until),
  certificate: optional(readText, "証明番号", "手帳番号", "証書番号"),
};

/** The columns of each file. One name may mean different things in different files. */
export const columnsOf: { readonly [K in RecordKind]: Columns<K> } = {
  persons,
  classes,
  households,
  guardians,
  entitlements,
};
