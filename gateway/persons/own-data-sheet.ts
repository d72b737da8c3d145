import type { WallMs } from "#contract/ids.ts";
import type { Service } from "#contract/services.ts";
import type { AccessReason } from "./access.ts";
import type { OwnData, OwnEvent } from "./own-data.ts";
import {
  eventWords,
  fieldWords,
  outcomeWords,
  reasonWords,
  serviceWords,
  tieWords,
} from "./own-data-words.ts";
import { type PersonField, personFields } from "./records.ts";

/** Everything that is held of a person as plain text in Japanese, to be printed and handed over. */
export function ownDataSheet(data: OwnData, time: (at: WallMs) => string): string {
  const { person, ties, shelterDetails, contact, pseudonyms, events, looks } = data;
  return [
    "開示書面：あなたについて保有している情報と、その利用の記録",
    `${time(data.at)} 現在`,
    section("１　登録されている情報", registered(person)),
    section(
      "２　つながりと資格",
      ties.map(({ way, content }) => `${tieWords[way]}：${pairs(content)}`),
    ),
    section("３　避難所で聞き取った内容", shelterDetails ? [pairs(shelterDetails)] : []),
    section("４　保護者としての連絡先", contact ? [pairs(contact)] : []),
    section("５　サービスごとの仮の番号（氏名の代わりに記録に使います）", [
      ...Object.entries(pseudonyms).map(([service, name]) => {
        return `${serviceWords[service as Service]}：${name}`;
      }),
    ]),
    section(
      "６　あなたに関する記録",
      events.map((event) => `${time(event.at)}　${eventLine(event)}`),
    ),
    section(
      "７　あなたの情報を見た人",
      looks.map(
        ({ at, who, why, fields, index }) =>
          `${time(at)}　${who}　${reasonWords[why as AccessReason] ?? why}　` +
          `${fields.map((field) => fieldWords[field as PersonField] ?? field).join("、") || "つながり"}　（台帳 ${index}）`,
      ),
    ),
    "顔の画像と、顔の特徴の数値は、ここにはありません。数値は同意した機器の中だけに、封をして置かれています。",
    "",
  ].join("\n\n");
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...(lines.length > 0 ? lines : ["ありません"]).map((line) => `　${line}`)].join(
    "\n",
  );
}

function registered(person: OwnData["person"]): readonly string[] {
  return personFields
    .filter((field) => person[field] !== undefined)
    .map((field) => `${fieldWords[field]}：${plain(person[field])}`);
}

function eventLine(event: OwnEvent): string {
  const { type, services, outcome, refusal, device, index, proof } = event;
  const where = services.map((service) => serviceWords[service]).join("、");
  const said = outcome ? `：${outcomeWords[outcome as keyof typeof outcomeWords]}` : "";
  const kept = proof === undefined ? "" : keptWords(proof);
  const doubt = refusal === null ? "" : `　証明は認められませんでした（${refusal}）`;
  return `${where}　${eventWords[type]}${said}　${device}（台帳 ${index}）${kept}${doubt}`;
}

function keptWords(proof: unknown): string {
  const isPhone = (proof as { kind?: unknown }).kind === "phone";
  return isPhone ? "　スマートフォンの署名を保管中" : "　カードの証明書と署名を保管中";
}

const pairs = (content: object): string =>
  Object.entries(content)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${fieldWords[name as PersonField] ?? name} ${plain(value)}`)
    .join("、");

const plain = (value: unknown): string =>
  value === true ? "はい" : value === false ? "いいえ" : String(value);
