import type { ListName } from "#contract/box-lists.ts";
import { digestOf } from "#contract/digest.ts";
import type { DeviceId, WallMs } from "#contract/ids.ts";
import type { ListSource, SealedList } from "./list-source.ts";

/** What a list holds for one box, in the order in which it is sent. */
export interface TimedContent<Row> {
  readonly rows: readonly Row[];
  /** For how long a box may go by it, in milliseconds. */
  readonly lifeMs: number;
}

export interface Sheeted<Row> {
  readonly v: 1;
  readonly device: DeviceId;
  readonly serial: number;
  readonly sheet: number;
  readonly sheets: number;
  readonly at: WallMs;
  readonly until: WallMs;
  readonly rows: readonly Row[];
}

export interface TimedListPorts<Row> {
  readonly name: ListName;
  readonly rowsOfSheetMax: number;
  /** Undefined for a box that needs none. */
  contentFor(device: DeviceId, now: WallMs): TimedContent<Row> | undefined;
  seal(sheet: Sheeted<Row>): Promise<string>;
}

interface Made {
  readonly list: SealedList;
  readonly content: string;
  readonly at: WallMs;
  readonly until: WallMs;
}

/**
 * A list whose word ends by itself. It is made anew when its content has changed, and when half of its
 * time is over, so that a box which is heard now and then always has one that lasts. The serial number
 * is the moment of its making, which no restart of a gateway sets back.
 */
export function timedList<Row>(ports: TimedListPorts<Row>): ListSource {
  const made = new Map<DeviceId, Made>();
  return {
    name: ports.name,
    async current(device, held, now) {
      const content = ports.contentFor(device, now);
      if (!content) return undefined;
      const digest = digestOf(JSON.stringify(content));
      const known = made.get(device);
      const isYoung = known !== undefined && now < (known.at + known.until) / 2 && now >= known.at;
      if (known && isYoung && known.content === digest) return known.list;
      const serial = Math.max(now, held + 1, (known?.list.serial ?? 0) + 1);
      const until = (now + content.lifeMs) as WallMs;
      const fields = { v: 1 as const, device, serial, at: now, until };
      const list = { serial, sheets: await sheetsOf(ports, fields, content.rows) };
      made.set(device, { list, content: digest, at: now, until });
      return list;
    },
  };
}

/** One sheet without rows where there are none: an empty list is a list. */
async function sheetsOf<Row>(
  { rowsOfSheetMax, seal }: TimedListPorts<Row>,
  fields: Omit<Sheeted<Row>, "sheet" | "sheets" | "rows">,
  rows: readonly Row[],
): Promise<readonly string[]> {
  const sheets = Math.max(1, Math.ceil(rows.length / rowsOfSheetMax));
  return await Promise.all(
    Array.from({ length: sheets }, (_, i) =>
      seal({
        ...{ ...fields, sheet: i + 1, sheets },
        rows: rows.slice(i * rowsOfSheetMax, (i + 1) * rowsOfSheetMax),
      }),
    ),
  );
}
