import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WallMs } from "#contract/ids.ts";
import type { Access, AccessRecord } from "#gateway/persons/access.ts";
import { draftsOf } from "#gateway/persons/drafts.ts";
import { openPersons } from "#gateway/persons/open-persons.ts";
import { type RecordKind, type RecordOf, recordSchemas } from "#gateway/persons/records.ts";

export const clerk: Access = { who: "operator:desk-1", why: "counter" };

/** A registry in a folder of its own, and what was written down of every look at it. */
export function registryUnderTest(dir = mkdtempSync(join(tmpdir(), "tebura-persons-"))) {
  const written: AccessRecord[] = [];
  const clock = { wall: () => Date.parse("2026-04-01T09:00:00+09:00") as WallMs };
  const audit = async (record: AccessRecord) => void written.push(record);
  const { registry, ...rest } = openPersons(dir, { clock, audit });
  return {
    dir,
    registry,
    written,
    put<K extends RecordKind>(kind: K, record: RecordOf<K>) {
      const parsed: unknown = recordSchemas[kind].parse(record);
      return registry.write(() => ({
        result: draftsOf(kind, parsed as RecordOf<K>).map((draft) => registry.put(draft)),
        keep: true,
      }));
    },
    close: () => rest[Symbol.dispose](),
    [Symbol.dispose]() {
      rest[Symbol.dispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const hanako = {
  reference: "R-0001",
  name: "手ぶら 花子",
  kana: "テブラ ハナコ",
  birthDate: "2016-05-03",
  sex: "female",
  postalCode: "371-8601",
  address: "前橋市大手町2丁目12-1",
  phone: "027-224-1111",
  email: "hanako@example.jp",
} as const satisfies RecordOf<"persons">;

export const taro = {
  reference: "R-0002",
  name: "手ぶら 太郎",
  kana: "テブラ タロウ",
  birthDate: "1980-01-31",
} as const satisfies RecordOf<"persons">;
