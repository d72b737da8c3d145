import { type RecordKind, recordKinds } from "../persons/records.ts";
import { type Column, columnsOf } from "./columns.ts";

/** What makes a row of a file itself: the same once more is a change. */
const keys: Readonly<Record<RecordKind, readonly string[]>> = {
  persons: ["reference"],
  classes: ["class", "person"],
  households: ["person"],
  guardians: ["guardian", "ward"],
  entitlements: ["person", "entitlement", "from"],
};

/** The columns of each file as people are told them. */
export function columnTable() {
  return recordKinds.map((kind) => ({
    kind,
    columns: Object.entries(columnsOf[kind] as Readonly<Record<string, Column>>).map(
      ([field, { required, japanese }]) => ({
        ...{ field, required, key: keys[kind].includes(field) },
        japanese: japanese.join(", "),
      }),
    ),
  }));
}
