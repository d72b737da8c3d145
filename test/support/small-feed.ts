import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const files = {
  "stops.txt": [
    "stop_id,stop_name,stop_lat,stop_lon",
    "station,前橋駅,36.3832,139.0732",
    "office,県庁前,36.3911,139.0608",
    "park,敷島公園,36.4106,139.0512",
  ],
  "trips.txt": ["route_id,service_id,trip_id", "r1,daily,t1", "r1,daily,t2"],
  "stop_times.txt": [
    "trip_id,stop_id,stop_sequence,arrival_time",
    ...["t1,station,1,08:00:00", "t1,office,2,08:10:00", "t1,park,3,08:20:00"],
    ...["t2,park,1,08:30:00", "t2,office,2,08:40:00", "t2,station,3,08:50:00"],
  ],
};

/** A GTFS feed of one line with three stops, there and back. Returns its folder. */
export function smallFeed(parent: string): string {
  const folder = join(parent, "gtfs-feed");
  mkdirSync(folder, { recursive: true });
  for (const [name, lines] of Object.entries(files)) {
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
  }
  return folder;
}
