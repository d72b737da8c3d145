import { mkdirSync, writeFileSync } from "node:fs";
import type { DeviceId } from "#contract/ids.ts";
import type { CityMapSettings, Point } from "#firmware-config/city-map.ts";

const point = (latitude: number, longitude: number): Point => ({ latitude, longitude });

/** Where the city's buses stop. */
const stops = {
  "maebashi-station": { name: "前橋駅", ...point(36.3832, 139.0732) },
  "city-hall": { name: "市役所", ...point(36.3895, 139.0634) },
  "prefecture-office": { name: "県庁前", ...point(36.3911, 139.0608) },
  "shikishima-park": { name: "敷島公園", ...point(36.4106, 139.0512) },
  hospital: { name: "大学病院", ...point(36.4053, 139.0606) },
  "central-station": { name: "中央前橋駅", ...point(36.3896, 139.0745) },
  momonoi: { name: "桃ノ井", ...point(36.3979, 139.0817) },
  katakai: { name: "片貝", ...point(36.3915, 139.0902) },
  "south-mall": { name: "南モール", ...point(36.3771, 139.0789) },
  tonegawa: { name: "利根橋", ...point(36.3842, 139.0555) },
} as const;
type Stop = keyof typeof stops;

const lines: readonly (readonly Stop[])[] = [
  ["maebashi-station", "prefecture-office", "hospital", "shikishima-park"],
  ["maebashi-station", "central-station", "momonoi", "katakai"],
  ["south-mall", "maebashi-station", "city-hall", "tonegawa"],
];
const stopsOfLine = 4;
/** From six in the morning to eight in the evening, every ten minutes. */
export const busSteps = 84;
const day = "2026-11-24";

/** A bus stands at a stop. */
export interface Halt {
  readonly vehicle: string;
  readonly trip: string;
  readonly direction: 0 | 1;
  readonly stop: Stop;
  readonly stopSequence: number;
}

/** How many stops a bus has made, in the order of their numbers: they are spread along the lines that they share. */
const travelledBy = (step: number, at: number): number => step + Math.floor(at / lines.length);

/** Whether a bus begins another trip at that step. */
export const turnsAt = (step: number, at: number): boolean =>
  travelledBy(step, at) % stopsOfLine === 0;

/** Where every bus stands at one of the day's steps. */
export function haltsAt(step: number, vehicles: readonly string[]): readonly Halt[] {
  return vehicles.map((vehicle, at) => {
    const travelled = travelledBy(step, at);
    const [round, place] = [Math.floor(travelled / stopsOfLine), travelled % stopsOfLine];
    const direction = (round % 2) as 0 | 1;
    const line = lines[at % lines.length] ?? [];
    const way = direction === 0 ? line : line.toReversed();
    const trip = `${vehicle}-${day}-${round}`;
    return { vehicle, trip, direction, stop: way[place] as Stop, stopSequence: place + 1 };
  });
}

/** Writes the operator's feed of that day into a folder, and gives its path. */
export function writeFeed(folder: string, vehicles: readonly string[]): string {
  const halts = Array.from({ length: busSteps }, (_, step) => haltsAt(step, vehicles)).flat();
  const trips = new Map(halts.map(({ trip, direction }) => [trip, direction]));
  const files = {
    stops: [
      "stop_id,stop_name,stop_lat,stop_lon",
      ...Object.entries(stops).map(([id, { name, latitude, longitude }]) =>
        [id, name, latitude, longitude].join(),
      ),
    ],
    trips: [
      "route_id,service_id,trip_id,direction_id",
      ...[...trips].map(([trip, direction]) => `city,weekdays,${trip},${direction}`),
    ],
    stop_times: [
      "trip_id,stop_id,stop_sequence",
      ...halts.map(({ trip, stop, stopSequence }) => [trip, stop, stopSequence].join()),
    ],
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, rows] of Object.entries(files)) {
    writeFileSync(`${folder}/${name}.txt`, `${rows.join("\n")}\n`);
  }
  return folder;
}

/** Where boxes stand that are on no vehicle; the school's are all at its gates. */
const school = point(36.4008, 139.0842);
const gates = Array.from({ length: 8 }, (_, at) => [`school-${at + 1}`, school] as const);
const standing: Readonly<Record<string, Point>> = {
  ...Object.fromEntries(gates),
  ...{ "route-1": point(36.3995, 139.0779), "route-2": point(36.3954, 139.0866) },
  ...{ "route-3": point(36.4036, 139.0885), "shelter-1": point(36.4022, 139.0722) },
  ...{ "shelter-2": point(36.3861, 139.0842), "shelter-3": point(36.4085, 139.0672) },
  ...{ "shelter-4": point(36.3822, 139.0605), "clinic-1": point(36.4034, 139.0588) },
  ...{ "clinic-2": point(36.3868, 139.0694), "hall-1": point(36.3798, 139.0671) },
  ...{ "hall-2": point(36.4091, 139.0562), "shop-1": point(36.3916, 139.0701) },
  ...{ "shop-2": point(36.3788, 139.0761), "counter-1": point(36.3884, 139.0626) },
};

/** The map of the city, as the gateway's settings have it. */
export const streets: CityMapSettings = {
  boxes: standing as Readonly<Record<DeviceId, Point>>,
};
