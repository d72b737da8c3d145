import type { DeletionCertificate } from "#contract/deletion-certificate.ts";
import { localTimeIn } from "#contract/export/local-time.ts";
import { printableList } from "#contract/export/printable-list.ts";

const hows = {
  deleted: "削除しました / deleted, and said so, signed",
  destroyed: "鍵を破棄しました / destroyed its keys",
} as const;

/**
 * The certificate for paper, in Japanese and English on one A4 page, with its signed text below: whoever has
 * the gateway's public key verifies that with no network (`tebura consent verify`).
 */
export function certificatePage(
  { id, service, person, endedAt, certifiedAt, boxes }: DeletionCertificate,
  sealed: string,
  timeZone: string,
): string {
  const time = localTimeIn(timeZone);
  return printableList({
    title: "削除証明書 / Certificate of deletion",
    running: `削除証明書 / Certificate of deletion　${id}`,
    notes: [
      "あなたの顔の特徴の数値は、このサービスのすべての機器から削除されました。顔による確認は行われません。",
      "The numbers that describe your face are gone from every box of this service. Your face is not matched any more.",
      `サービス / Service: ${service}`,
      `このサービスでの番号 / You, as this service knew you: ${person}`,
      `同意の終わり / Consent ended: ${time(endedAt)}`,
      `証明した時 / Certified: ${time(certifiedAt)}`,
      `機器の数 / Boxes: ${boxes.length}`,
      `証明書の番号 / Number of this certificate: ${id}`,
      `署名された本文 / Signed text, to be verified with the gateway's public key: ${sealed}`,
    ],
    columns: [
      { title: "機器 / Box", share: 20 },
      { title: "結果 / Result", share: 30 },
      { title: "日時 / When", share: 20 },
      { title: "機器の署名の要約 / Digest of its signed statement", share: 30 },
    ],
    rows: boxes.map(({ device, how, at, statement }) => ({
      cells: [device, hows[how], time(at) ?? "", statement ?? "–"],
      starts: false,
    })),
  });
}
