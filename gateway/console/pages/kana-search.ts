import { plainKana, plainPhone } from "#contract/shelter/kana.ts";
import type { EvacueeLine } from "../api/shapes.ts";

/** Those whose reading begins like the text, in any kana; then those whose name or telephone holds it. */
export function sought(rows: readonly EvacueeLine[], text: string): readonly EvacueeLine[] {
  const kana = plainKana(text);
  if (kana === "") return rows;
  const phone = plainPhone(text);
  const begins: EvacueeLine[] = [];
  const others: EvacueeLine[] = [];
  for (const row of rows) {
    const { details } = row;
    if (!details) continue;
    if (plainKana(details.kana).startsWith(kana)) begins.push(row);
    else if (details.name?.includes(text.trim())) others.push(row);
    else if (phone.length > 3 && plainPhone(details.phone ?? "").includes(phone)) others.push(row);
  }
  return [...begins, ...others];
}
